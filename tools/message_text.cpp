#include "tools/message_text.hpp"

#include "base/printable.hpp"
#include "tools/json_text.hpp"
#include "tools/templates.hpp"

#include <array>
#include <ctime>

namespace eventail::tools {

namespace {

Colour colour_of(const BusMessage& message) {
    switch (message.kind()) {
        case MessageKind::event: return Colour::green;
        case MessageKind::command: return Colour::blue;
        case MessageKind::result: return message.status == "error" ? Colour::red : Colour::cyan;
        case MessageKind::configuration: return Colour::magenta;
        case MessageKind::log: return Colour::grey;
        case MessageKind::invalid: break;
    }
    return Colour::red;
}

/// What stands behind the ids, in some place between the columns.
std::string text_of(const BusMessage& message, const Content& content) {
    std::string text;
    if (message.kind() == MessageKind::result) text += printable(*message.status) + " ";
    if (content.payload) return text + json_of(content.payload->view());
    constexpr std::size_t most = 256;
    text += "unreadable: " + printable(content.refusal);
    if (!message.body.empty()) text += ": " + printable(message.body.substr(0, most));
    return text;
}

}  // namespace

std::string time_of_day(std::chrono::system_clock::time_point time) {
    const auto milliseconds = std::chrono::floor<std::chrono::milliseconds>(time);
    const auto seconds = std::chrono::floor<std::chrono::seconds>(milliseconds);
    const std::time_t count = std::chrono::system_clock::to_time_t(seconds);
    std::tm parts = {};
    ::localtime_r(&count, &parts);
    std::array<char, 16> text{};
    const std::size_t size = std::strftime(text.data(), text.size(), "%H:%M:%S", &parts);
    const std::string fraction = std::to_string(1000 + (milliseconds - seconds).count());
    return std::string(text.data(), size) + "." + fraction.substr(1);
}

std::string line_of(const BusMessage& message, const Content& content, const OutputStyle& style) {
    constexpr std::size_t kind_columns = 7;
    constexpr std::size_t narrow = 100;
    const bool is_narrow = style.columns > 0 && style.columns < narrow;
    const std::size_t name_columns = is_narrow ? 20 : 28;
    const std::size_t id_columns = is_narrow ? 8 : 12;

    std::string time = time_of_day(message.received);
    if (is_narrow) time.resize(time.find('.'));
    const std::string kind = padded(name_of(message.kind()), kind_columns);
    // On a terminal the beginning of an id tells conversations apart.
    const std::string whole_name = printable(message.routing_key);
    const std::string name =
        padded(style.columns > 0 ? cut(whole_name, name_columns) : whole_name, name_columns);
    const std::string whole_id = printable(message.conversation_id.value_or("-"));
    const std::string id = style.columns > 0 ? padded(cut(whole_id, id_columns), id_columns)
                                             : padded(whole_id, id_columns);
    const std::size_t taken =
        columns_of(time) + columns_of(kind) + columns_of(name) + columns_of(id);
    std::string text = text_of(message, content);
    if (style.columns > taken + 5) text = cut(text, style.columns - taken - 4);
    return coloured(time, Colour::grey, style) + " " + coloured(kind, colour_of(message), style) +
           " " + coloured(name, Colour::bold, style) + " " + coloured(id, Colour::grey, style) +
           " " + (content.payload ? text : coloured(text, Colour::red, style));
}

std::string json_line_of(const BusMessage& message, const Content& content) {
    JsonLine line;
    const auto add_if_there = [&line](std::string_view name, const std::string& text) {
        if (!text.empty()) line.add(name, std::string_view(text));
    };
    line.add("received", rfc3339(message.received))
        .add("kind", name_of(message.kind()))
        .add("exchange", std::string_view(message.exchange))
        .add("name", std::string_view(message.routing_key));
    if (message.conversation_id) line.add("conversation_id", *message.conversation_id);
    if (message.status) line.add("status", *message.status);
    add_if_there("reply_to", message.reply_to);
    add_if_there("correlation_id", message.correlation_id);
    add_if_there("message_id", message.message_id);
    add_if_there("app_id", message.app_id);
    add_if_there("user_id", message.user_id);
    add_if_there("expiration", message.expiration);
    add_if_there("content_type", message.content_type);
    add_if_there("content_encoding", message.content_encoding);
    if (message.timestamp) line.add("timestamp", *message.timestamp);
    if (message.priority) line.add("priority", static_cast<unsigned>(*message.priority));
    line.add("persistent", message.is_persistent).add("redelivered", message.is_redelivered);
    if (!message.headers.empty()) line.add("headers", message.headers.view());
    line.add("size", message.body_bytes);
    if (content.payload) return line.add("payload", content.payload->view()).text();
    line.add("undecodable", std::string_view(content.refusal));
    return line.add("body", std::string_view(message.body)).text();
}

}  // namespace eventail::tools
