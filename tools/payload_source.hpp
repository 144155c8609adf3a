// The payload from the command line: inline JSON, a file (.json, .cbor), or - for JSON from
// standard input. JSON may be a template, which is filled in for each message.
#pragma once

#include "tools/templates.hpp"
#include <eventail/payload.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace eventail::tools {

/// Reads JSON text. Errors give line and column; `source` names the text. @throws Error
[[nodiscard]] Payload payload_from_json(std::string_view text, const std::string& source);
/// @throws Error with the offset
[[nodiscard]] Payload payload_from_cbor(std::string_view bytes, const std::string& source);

class PayloadSource {
public:
    /// Reads it once. @throws Error (invalid_argument), which says what to do
    static PayloadSource read(const std::string& argument, bool is_template);

    PayloadSource(std::string text, std::string name, bool is_template)
        : text_(std::move(text)), name_(std::move(name)), is_template_(is_template) {}

    /// The content of one message, from CBOR or JSON. @throws Error
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
