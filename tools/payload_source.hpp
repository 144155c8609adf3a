// The payload that a command line gives: inline JSON, a file (.json, .cbor), or - for JSON from
// standard input. JSON may be a template, filled in again for each message.
#pragma once

#include "tools/templates.hpp"
#include <eventail/payload.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace eventail::tools {

/// JSON text, which errors locate by line and column. `source` names it. @throws Error
[[nodiscard]] Payload payload_from_json(std::string_view text, const std::string& source);
/// @throws Error with the offset
[[nodiscard]] Payload payload_from_cbor(std::string_view bytes, const std::string& source);

class PayloadSource {
public:
    /// Reads it, once. @throws Error (invalid_argument) that says what to do
    static PayloadSource read(const std::string& argument, bool is_template);

    PayloadSource(std::string text, std::string name, bool is_template)
        : text_(std::move(text)), name_(std::move(name)), is_template_(is_template) {}

    /// The content for one message, as CBOR, or as JSON. @throws Error
    [[nodiscard]] Payload payload(const TemplateValues& values) const;

private:
    PayloadSource(Payload fixed, std::string name)
        : name_(std::move(name)), is_template_(false), fixed_(std::move(fixed)) {}

    std::string text_ = {};
    std::string name_;
    bool is_template_;
    std::optional<Payload> fixed_ = {};
};

}  // namespace eventail::tools
