#include "tools/payload_source.hpp"

#include "base/printable.hpp"
#include "tools/regular_file.hpp"
#include <eventail/error.hpp>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <span>
#include <utility>

namespace eventail::tools {

namespace {

constexpr std::size_t most_bytes = PayloadLimits{}.max_bytes;

[[noreturn]] void refuse(const std::string& source, const std::string& why) {
    throw Error(Errc::invalid_argument, source + ": " + why);
}

std::string limit() { return "a payload has at most " + std::to_string(most_bytes >> 20) + " MiB"; }

/// "line 3, column 5" of a byte; both count from 1, columns in characters.
std::string position(std::string_view text, std::size_t byte) {
    const std::string_view before =
        text.substr(0, std::min(byte - std::min(byte, std::size_t{1}), text.size()));
    const auto line = std::ranges::count(before, '\n') + 1;
    std::string_view rest = before.substr(before.rfind('\n') + 1);
    std::size_t column = 1;
    while (!rest.empty()) {
        rest.remove_prefix(std::max<std::size_t>(1, first_character(rest).size_bytes));
        ++column;
    }
    return "line " + std::to_string(line) + ", column " + std::to_string(column);
}

/// The offset in an error of the library, and the reason after it.
std::optional<std::pair<std::size_t, std::string>> located(std::string_view text) {
    constexpr std::string_view mark = " at byte ";
    const std::size_t at = text.find(mark);
    if (at == std::string_view::npos) return std::nullopt;
    text.remove_prefix(at + mark.size());
    std::size_t offset = 0;
    const auto number = std::from_chars(text.data(), text.data() + text.size(), offset);
    text.remove_prefix(static_cast<std::size_t>(number.ptr - text.data()));
    if (number.ec != std::errc() || !text.starts_with(": ")) return std::nullopt;
    return std::pair(offset, std::string(text.substr(2)));
}

/// Removes the parser's position, which counts bytes.
std::string reason_of(const std::string& text) {
    constexpr std::string_view start = "parse error at line ";
    const std::size_t end = text.find(": ");
    const bool has_position = text.starts_with(start) && end != std::string::npos;
    return has_position ? text.substr(end + 2) : text;
}

bool looks_like_json(std::string_view text) {
    const std::size_t first = text.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos) return false;
    constexpr std::string_view starts = "{[\"-0123456789";
    return starts.find(text[first]) != std::string_view::npos || text == "true" ||
           text == "false" || text == "null";
}

void check_not_empty(std::string_view content, const std::string& source) {
    const bool is_blank = content.find_first_not_of(" \t\r\n") == std::string_view::npos;
    if (is_blank) refuse(source, "it is empty; for the value null write null");
}

}  // namespace

Payload payload_from_json(std::string_view text, const std::string& source) {
    try {
        return Payload::from_json(text);
    } catch (const Error& error) {
        const auto where = located(error.what());
        if (!where) refuse(source, error.what());
        refuse(source,
               "not JSON, " + position(text, where->first) + ": " + reason_of(where->second));
    }
}

Payload payload_from_cbor(std::string_view bytes, const std::string& source) {
    try {
        return Payload::from_cbor(std::as_bytes(std::span(bytes)));
    } catch (const Error& error) {
        const auto where = located(error.what());
        if (!where) refuse(source, error.what());
        refuse(source, "not CBOR, offset " + std::to_string(where->first) + ": " + where->second);
    }
}

PayloadSource PayloadSource::read(const std::string& argument, bool is_template) {
    if (argument == "-") {
        std::string text = read_standard_input(most_bytes, limit());
        check_not_empty(text, "standard input");
        return {std::move(text), "standard input", is_template};
    }
    if (argument.ends_with(".cbor")) {
        const std::string bytes = read_regular_file(argument, most_bytes, limit());
        if (bytes.empty()) refuse(argument, "it is empty; CBOR has at least one byte");
        return {payload_from_cbor(bytes, argument), argument};
    }
    if (argument.ends_with(".json")) {
        std::string text = read_regular_file(argument, most_bytes, limit());
        check_not_empty(text, argument);
        return {std::move(text), argument, is_template};
    }
    if (argument.empty()) refuse("PAYLOAD", "it is empty; for the empty map write '{}'");
    if (looks_like_json(argument)) return {argument, "PAYLOAD", is_template};
    std::error_code ignored;
    const bool is_file = std::filesystem::exists(argument, ignored);
    refuse(argument, is_file ? "a payload file is named .json or .cbor; or pass - and pipe it into "
                               "standard input"
                             : "neither JSON, nor a file named .json or .cbor, nor -");
}

Payload PayloadSource::payload(const TemplateValues& values) const {
    if (fixed_) return *fixed_;
    return payload_from_json(is_template_ ? filled_in(text_, values) : text_, name_);
}

}  // namespace eventail::tools
