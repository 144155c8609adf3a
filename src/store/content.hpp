// Content on its way into the store.
#pragma once

#include <eventail/payload.hpp>

#include <string_view>

namespace eventail::store {

/// As the original stores it: CBOR, with the tags that a peer wrote. Valid as long as the payload.
[[nodiscard]] std::string_view bytes_to_store(const Payload& payload);

/// @throws Error invalid_payload, too_deep, payload_too_large
[[nodiscard]] Payload content_of(const Value& value, const PayloadLimits& limits);

}  // namespace eventail::store
