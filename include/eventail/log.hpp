// The log records of services and endpoints: a severity, a text, and options. (protocol.md, "Log
// record")
#pragma once

#include <eventail/payload.hpp>
#include <eventail/severity.hpp>

#include <initializer_list>
#include <optional>
#include <string_view>
#include <utility>

namespace eventail {

/// Fields of a log record: `{{"order", n}, {"shop", name}}`. Encodes and owns them at once, so it
/// may be kept in a variable. Content that cannot be encoded becomes the field `_fields_error`,
/// which says why; content other than a map becomes the field `_value`.
class LogFields {
public:
    LogFields() noexcept = default;
    LogFields(std::initializer_list<Field> map) noexcept : LogFields(Value(map)) {}
    LogFields(Value content) noexcept;
    template <class T>
    requires(!std::same_as<T, LogFields> && !std::same_as<T, Value>) LogFields(const T& content)
    noexcept : LogFields(Value(content)) {}

    [[nodiscard]] const Payload& content() const noexcept { return content_; }

private:
    Payload content_;
};

/// Options of a log record.
struct LogOptions {
    std::string_view full_message = {};  ///< details, several lines
    /// As PublishOptions::conversation_id, but never a new one.
    std::optional<std::string_view> conversation_id = std::nullopt;
    LogFields fields = {};  ///< each name gets a leading `_`; `id` is dropped
};

}  // namespace eventail
