#include "wire/methods.hpp"

#include <cstddef>

namespace eventail::wire {

namespace {

/// Tries the methods in the order of the variant.
template <std::size_t index = 0>
Method decode_any(MethodId id, Bytes frame_payload) {
    if constexpr (index < std::variant_size_v<Method>) {
        using M = std::variant_alternative_t<index, Method>;
        if (id == M::id) return decode_as<M>(frame_payload);
        return decode_any<index + 1>(id, frame_payload);
    } else {
        throw ProtocolError(ReplyCode::not_implemented,
                            "there is no method " + std::to_string(id.class_id) + "." +
                                std::to_string(id.method_id),
                            id);
    }
}

}  // namespace

MethodId peek_method_id(Bytes frame_payload) {
    if (frame_payload.size() < 4) {
        throw ProtocolError(ReplyCode::frame_error, "a method frame without a method");
    }
    Reader reader(frame_payload);
    const std::uint16_t class_id = reader.u16();
    return {class_id, reader.u16()};
}

Method decode_method(Bytes frame_payload) {
    return decode_any(peek_method_id(frame_payload), frame_payload);
}

std::size_t encode_method(Buffer& buffer, std::uint16_t channel, const Method& method) {
    return std::visit(
        [&](const auto& alternative) { return encode_method(buffer, channel, alternative); },
        method);
}

}  // namespace eventail::wire
