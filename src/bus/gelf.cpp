#include "bus/gelf.hpp"

#include "payload/cbor_utf8.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <functional>
#include <set>
#include <utility>

namespace eventail::bus {
namespace {

// Encoded sizes. Together they leave a third of max_gelf_bytes to the fields.
constexpr std::size_t max_short_message_bytes = std::size_t{32} * 1024;
constexpr std::size_t max_full_message_bytes = std::size_t{128} * 1024;
constexpr std::size_t max_name_bytes = std::size_t{4} * 1024;

constexpr std::string_view truncated_field = "_truncated";
constexpr std::string_view end_of_truncated = R"(,"_truncated":true})";

/// The size of the first character; 0 if the bytes are not UTF-8.
std::size_t first_character_bytes(std::string_view text) {
    const auto lead = static_cast<unsigned char>(text.front());
    const std::size_t size = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    return size <= text.size() && payload::is_utf8(text.substr(0, size)) ? size : 0;
}

/// The escaped first character of a JSON string, and how much of `text` it replaces.
struct Escaped {
    std::string text;
    std::size_t consumed_bytes = 1;
};

Escaped escape_first(std::string_view text) {
    switch (text.front()) {
        case '"': return {"\\\""};
        case '\\': return {"\\\\"};
        case '\n': return {"\\n"};
        case '\r': return {"\\r"};
        case '\t': return {"\\t"};
        default: break;
    }
    if (const auto octet = static_cast<unsigned char>(text.front()); octet < 0x20) {
        constexpr std::string_view digits = "0123456789abcdef";
        return {std::string("\\u00") + digits[octet >> 4] + digits[octet & 15]};
    }
    const std::size_t size = first_character_bytes(text);
    if (size == 0) return {"\uFFFD"};
    return {std::string(text.substr(0, size)), size};
}

/// Appends a JSON string of at most `max_bytes`, without its quotes. False if it had to cut.
bool append_text(std::string& out, std::string_view text,
                 std::size_t max_bytes = std::string::npos) {
    const std::size_t start = out.size() + 1;
    out += '"';
    while (!text.empty()) {
        const Escaped next = escape_first(text);
        if (out.size() - start + next.text.size() > max_bytes) break;
        out += next.text;
        text.remove_prefix(next.consumed_bytes);
    }
    out += '"';
    return text.empty();
}

template <class Number>
void append_number(std::string& out, Number number) {
    std::array<char, 32> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    out.append(digits.data(), end);
}

void append_float(std::string& out, double number) {
    const std::size_t start = out.size();
    append_number(out, number);
    // A float stays a float for its reader.
    if (out.find_first_of(".e", start) == std::string::npos) out += ".0";
}

// Recurses at most as deep as PayloadLimits let a payload nest.
void append_value(std::string& out, PayloadView value) {
    if (value.is_null()) {
        out += "null";
    } else if (value.is_boolean()) {
        out += value.get<bool>() ? "true" : "false";
    } else if (value.is_unsigned_integer()) {
        append_number(out, value.get<std::uint64_t>());
    } else if (value.is_integer()) {
        append_number(out, value.get<std::int64_t>());
    } else if (value.is_float() && std::isfinite(value.get<double>())) {
        append_float(out, value.get<double>());
    } else if (value.is_text()) {
        append_text(out, value.get<std::string_view>());
    } else if (value.is_list()) {
        char separator = '[';
        for (const PayloadView item : value) {
            out += std::exchange(separator, ',');
            append_value(out, item);
        }
        out += separator == '[' ? "[]" : "]";
    } else if (value.is_map()) {
        char separator = '{';
        for (const auto& [key, item] : value.entries()) {
            out += std::exchange(separator, ',');
            append_text(out, key);
            out += ':';
            append_value(out, item);
        }
        out += separator == '{' ? "{}" : "}";
    } else {
        append_text(out, value.dump());
    }
}

class GelfWriter {
public:
    GelfRecord write(const LogRecord& record) {
        own("version", "1.1", max_name_bytes);
        own("short_message", record.short_message, max_short_message_bytes);
        own("full_message", record.full_message, max_full_message_bytes);
        begin_own("level");
        append_number(json_, static_cast<int>(record.severity));
        own("_levelname", name_of(record.severity), max_name_bytes);
        own("host", std::string(record.logical_service) + '@' + std::string(record.hostname),
            max_name_bytes);
        begin_own("timestamp");
        append_float(json_, std::isfinite(record.unix_time) ? record.unix_time : 0);
        own("_conversation_id", record.conversation_id, max_name_bytes);
        own("_logical_service", record.logical_service, max_name_bytes);
        begin_own("_worker_pid");
        append_number(json_, record.worker_pid);
        additional(record.fields.content());
        json_ += is_truncated_ && !is_taken(truncated_field) ? end_of_truncated : "}";
        return {std::move(json_), dropped_fields_};
    }

private:
    void begin_own(std::string_view name) {
        json_ += json_.empty() ? '{' : ',';
        append_text(json_, name);
        json_ += ':';
        taken_.emplace(name);
    }

    void own(std::string_view name, std::string_view text, std::size_t max_bytes) {
        begin_own(name);
        if (!append_text(json_, text, max_bytes)) is_truncated_ = true;
    }

    void additional(const Payload& fields) {
        if (!fields.is_map()) {
            field("_value", fields.view());
            return;
        }
        for (const auto& [key, value] : fields.entries()) field(key, value);
    }

    void field(std::string_view key, PayloadView value) {
        const std::string name = (key.starts_with('_') ? "" : "_") + std::string(key);
        if (name == "_id" || is_taken(name)) {
            ++dropped_fields_;
            return;
        }
        std::string encoded = ",";
        append_text(encoded, name);
        encoded += ':';
        append_value(encoded, value);
        if (json_.size() + encoded.size() + end_of_truncated.size() > max_gelf_bytes) {
            is_truncated_ = true;
            return;
        }
        json_ += encoded;
        taken_.insert(name);
    }

    bool is_taken(std::string_view name) const { return taken_.find(name) != taken_.end(); }

    std::string json_;
    std::set<std::string, std::less<>> taken_;
    bool is_truncated_ = false;
    unsigned dropped_fields_ = 0;
};

}  // namespace

GelfRecord gelf_record(const LogRecord& record) { return GelfWriter().write(record); }

std::string log_routing_key(std::string_view logical_service, Severity severity) {
    return std::string(logical_service) + '.' + std::string(name_of(severity));
}

}  // namespace eventail::bus
