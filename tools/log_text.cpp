#include "tools/log_text.hpp"

#include "base/printable.hpp"
#include "tools/json_text.hpp"
#include "tools/message_text.hpp"
#include <eventail/codecs/chrono.hpp>
#include <eventail/error.hpp>
#include <eventail/payload.hpp>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>

namespace eventail::tools {

namespace {

using std::chrono::system_clock;

constexpr std::array severities = {Severity::emergency, Severity::alert,   Severity::critical,
                                   Severity::error,     Severity::warning, Severity::notice,
                                   Severity::info,      Severity::debug};

std::string text_field(PayloadView record, std::string_view name) {
    const auto field = record.find(name);
    return field && field->is_text() ? field->get<std::string>() : "";
}

bool is_known(std::string_view name) {
    constexpr std::array<std::string_view, 11> known = {
        "version",   "short_message",    "full_message",     "level",       "_levelname",   "host",
        "timestamp", "_conversation_id", "_logical_service", "_worker_pid", "_fields_error"};
    return std::ranges::find(known, name) != known.end();
}

std::string fields_of(PayloadView record) {
    std::string result;
    for (const auto& [name, value] : record.entries()) {
        if (is_known(name)) continue;
        const std::string text =
            value.is_text() ? printable(value.get<std::string_view>()) : json_of(value);
        result += (result.empty() ? "" : ", ");
        result += printable(name.substr(name.starts_with('_') ? 1 : 0)) + ": " + text;
    }
    return result;
}

system_clock::time_point time_of(PayloadView record, system_clock::time_point received) {
    const auto field = record.find("timestamp");
    if (!field || !field->is_number()) return received;
    const double seconds = field->get<double>();
    constexpr double most = 1e11;
    if (!std::isfinite(seconds) || std::abs(seconds) > most) return received;
    return system_clock::time_point(
        std::chrono::duration_cast<system_clock::duration>(std::chrono::duration<double>(seconds)));
}

/// The record's, or else what the routing key says.
Severity severity_of(PayloadView record, std::string_view routing_key) {
    if (const auto level = record.find("level"); level && level->is_unsigned_integer()) {
        const auto number = level->get<std::uint64_t>();
        if (number < severities.size()) return severities.at(number);
    }
    return severity_in(routing_key.substr(routing_key.rfind('.') + 1)).value_or(Severity::info);
}

Colour colour_of(Severity severity) {
    if (severity <= Severity::error) return Colour::red;
    if (severity == Severity::warning) return Colour::yellow;
    return severity == Severity::debug ? Colour::grey : Colour::none;
}

}  // namespace

LogLine read_log(const BusMessage& message, const Content& content) {
    const std::string key_service = message.routing_key.substr(
        0, std::min(message.routing_key.rfind('.'), message.routing_key.size()));
    if (!content.payload || !content.payload->is_map()) {
        const Payload nothing;
        return {.time = message.received,
                .severity = severity_of(nothing.view(), message.routing_key),
                .service = key_service,
                .text = content.payload ? json_of(content.payload->view())
                                        : "unreadable: " + content.refusal + ": " + message.body};
    }
    const PayloadView record = content.payload->view();
    const std::string service = text_field(record, "_logical_service");
    LogLine line{.time = time_of(record, message.received),
                 .severity = severity_of(record, message.routing_key),
                 .service = service.empty() ? key_service : service,
                 .conversation_id = text_field(record, "_conversation_id"),
                 .text = text_field(record, "short_message"),
                 .details = text_field(record, "full_message"),
                 .fields = fields_of(record)};
    if (line.details == line.text) line.details.clear();
    return line;
}

bool LogSelection::selects(const LogLine& line) const {
    return line.severity <= least && (!service || line.service == *service) &&
           (!conversation_id || line.conversation_id == *conversation_id) &&
           (!since || line.time >= *since);
}

std::vector<std::string> LogSelection::keys() const {
    const std::string start = service ? *service + "." : "#.";
    if (least == Severity::debug) return {service ? start + "*" : "#"};
    std::vector<std::string> keys;
    for (const Severity severity : severities) {
        if (severity <= least) keys.push_back(start + std::string(name_of(severity)));
    }
    return keys;
}

std::string text_of(const LogLine& line, const OutputStyle& style) {
    constexpr std::size_t level_columns = 9;
    constexpr std::size_t narrow = 100;
    const std::size_t service_columns = style.columns > 0 && style.columns < narrow ? 12 : 16;
    const std::string time = time_of_day(line.time);
    const std::string level = padded(name_of(line.severity), level_columns);
    const std::string service = padded(printable(line.service), service_columns);
    std::string text = printable(line.text);
    std::string rest;
    if (!line.fields.empty()) rest += " [" + line.fields + "]";
    if (!line.conversation_id.empty()) rest += " (" + printable(line.conversation_id) + ")";
    if (!line.details.empty()) rest += " " + printable(line.details);
    const std::size_t taken = columns_of(time) + columns_of(level) + columns_of(service) + 3;
    if (style.columns > taken + 1) {
        const std::size_t room = style.columns - taken;
        text = cut(text, room);
        const std::size_t used = columns_of(text);
        rest = used + 1 < room ? cut(rest, room - used) : "";
    }
    const Colour colour = colour_of(line.severity);
    return coloured(time, Colour::grey, style) + " " + coloured(level, colour, style) + " " +
           coloured(service, Colour::bold, style) + " " + coloured(text, colour, style) +
           coloured(rest, Colour::grey, style);
}

std::optional<Severity> severity_in(std::string_view text) {
    if (text.size() == 1 && text[0] >= '0' && text[0] <= '7') {
        return severities.at(static_cast<std::size_t>(text[0] - '0'));
    }
    std::string upper(text);
    for (char& each : upper) {
        each = static_cast<char>(std::toupper(static_cast<unsigned char>(each)));
    }
    if (upper == "WARN") upper = "WARNING";
    for (const Severity severity : severities) {
        if (name_of(severity) == upper) return severity;
    }
    return std::nullopt;
}

std::optional<system_clock::time_point> time_in(const std::string& text,
                                                system_clock::time_point now) {
    unsigned number = 0;
    const char* const end = text.data() + text.size();
    const auto result = std::from_chars(text.data(), end, number);
    if (result.ec == std::errc() && result.ptr + 1 == end) {
        switch (*result.ptr) {
            case 's': return now - std::chrono::seconds(number);
            case 'm': return now - std::chrono::minutes(number);
            case 'h': return now - std::chrono::hours(number);
            case 'd': return now - std::chrono::days(number);
            default: return std::nullopt;
        }
    }
    try {
        const Payload time = Value(text);
        return system_clock::time_point(
            time.get<std::chrono::sys_time<std::chrono::milliseconds>>());
    } catch (const Error&) {
        return std::nullopt;
    }
}

}  // namespace eventail::tools
