// Plain CBOR as JSON text: strictly, for the wire, and loosely, for people (payload_text.hpp).
#pragma once

#include "wire/buffer.hpp"
#include <eventail/payload_view.hpp>

namespace eventail::payload {

/// Appends JSON: compact, UTF-8, keys in their order. Throws Error: invalid_payload for values that
/// JSON cannot express (binary, NaN, infinity), payload_too_large beyond max_bytes.
void write_json(PayloadView content, wire::Buffer& buffer, std::size_t max_bytes);

/// Appends one line for people, which ends in "…" if it would be longer than max_bytes.
void write_text(PayloadView content, wire::Buffer& buffer, std::size_t max_bytes);

}  // namespace eventail::payload
