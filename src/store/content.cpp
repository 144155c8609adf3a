#include "store/content.hpp"

#include "payload/payload_codec.hpp"
#include "wire/buffer.hpp"

#include <utility>

namespace eventail::store {

std::string_view bytes_to_store(const Payload& payload) {
    const bool is_cbor = payload.content_type() == payload::cbor_content_type;
    const auto bytes = is_cbor ? payload.bytes() : payload.cbor();
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

Payload content_of(const Value& value, const PayloadLimits& limits) {
    if (payload::already_encoded(value, limits)) return *value.payload();
    wire::Buffer buffer;
    payload::encode_cbor(value, buffer, limits);
    return payload::adopt_cbor(std::move(buffer));
}

}  // namespace eventail::store
