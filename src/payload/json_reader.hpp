// Turns JSON text into plain CBOR with nlohmann's iterative parser: builds no tree.
#pragma once

#include "payload/cbor_builder.hpp"
#include "payload/payload_codec.hpp"

namespace eventail::payload {

/// Appends the value to the builder's buffer, or says why the text is refused.
[[nodiscard]] std::optional<DecodeError> read_json(std::string_view text, cbor::Builder& builder,
                                                   const PayloadLimits& limits);

}  // namespace eventail::payload
