#include "message.hpp"

#include "wire/big_endian.hpp"
#include "wire/properties.hpp"
#include "wire/table.hpp"

#include <bit>
#include <stdexcept>

namespace eventail::bench {
namespace {

/// Just the part of CBOR (RFC 8949) that these messages need, in the shortest form.
class CborAppender {
public:
    explicit CborAppender(wire::Buffer& buffer) : buffer_(buffer) {}

    CborAppender& map(std::size_t size) { return head(5, size); }
    CborAppender& array(std::size_t size) { return head(4, size); }
    CborAppender& integer(std::uint64_t value) { return head(0, value); }
    CborAppender& boolean(bool value) { return byte(value ? 0xf5 : 0xf4); }
    CborAppender& real(double value) {
        byte(0xfb);
        wire::store_big_endian(buffer_.grow(8), std::bit_cast<std::uint64_t>(value));
        return *this;
    }
    CborAppender& text(std::string_view value) {
        head(3, value.size());
        buffer_.append(wire::as_bytes(value));
        return *this;
    }
    CborAppender& binary(std::size_t size) {
        head(2, size);
        std::byte* bytes = buffer_.grow(size);
        for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::byte>(i * 7);
        return *this;
    }

private:
    CborAppender& byte(std::uint8_t value) {
        *buffer_.grow(1) = std::byte{value};
        return *this;
    }
    CborAppender& head(std::uint8_t major, std::uint64_t value) {
        const auto type = static_cast<std::uint8_t>(major << 5);
        if (value < 24) return byte(static_cast<std::uint8_t>(type | value));
        if (value < 0x100) {
            byte(type | 24);
            return byte(static_cast<std::uint8_t>(value));
        }
        if (value < 0x10000) {
            byte(type | 25);
            wire::store_big_endian(buffer_.grow(2), static_cast<std::uint16_t>(value));
        } else if (value < 0x1'0000'0000) {
            byte(type | 26);
            wire::store_big_endian(buffer_.grow(4), static_cast<std::uint32_t>(value));
        } else {
            byte(type | 27);
            wire::store_big_endian(buffer_.grow(8), value);
        }
        return *this;
    }

    wire::Buffer& buffer_;
};

void append_order(wire::Buffer& buffer, const Order& order) {
    CborAppender cbor(buffer);
    cbor.map(9);
    cbor.text("order_id").integer(order.order_id);
    cbor.text("placed_at").real(order.placed_at);
    cbor.text("customer").text(order.customer);
    cbor.text("sku").text(order.sku);
    cbor.text("quantity").integer(order.quantity);
    cbor.text("unit_price").real(order.unit_price);
    cbor.text("is_express").boolean(order.is_express);
    cbor.text("tags").array(order.tags.size());
    for (const std::string& tag : order.tags) cbor.text(tag);
    cbor.text("note").text(order.note);
}

void append_binary(wire::Buffer& buffer, std::size_t body_bytes) {
    // A map, its key "content", and five bytes for the length of the rest.
    constexpr std::size_t head_bytes = 1 + 8 + 5;
    if (body_bytes < head_bytes + 0x10000) {
        throw std::invalid_argument("a large message has at least 65,550 bytes");
    }
    CborAppender(buffer).map(1).text("content").binary(body_bytes - head_bytes);
}

}  // namespace

wire::Buffer encoded_body(std::size_t body_bytes) {
    wire::Buffer body;
    if (body_bytes == small_body_bytes) {
        append_order(body, Order{});
    } else {
        append_binary(body, body_bytes);
    }
    if (body.size() != body_bytes) {
        throw std::logic_error("the message has " + std::to_string(body.size()) + " bytes");
    }
    return body;
}

void append_content(wire::Buffer& buffer, std::uint16_t channel, wire::Bytes body,
                    std::size_t max_frame_bytes, Properties which) {
    wire::Table headers;
    headers.set("conversation_id", conversation_id);
    wire::Properties properties{
        .content_type = content_type, .headers = headers.view(), .delivery_mode = 2};
    if (which == Properties::as_services) {
        properties.message_id = "0d0ce5ac39a14c5e-100000";
        properties.timestamp = 1'700'000'000;
        properties.app_id = "bench";
    }
    wire::encode_content_header(buffer, channel,
                                {.body_size = body.size(), .properties = properties});
    wire::encode_body(buffer, channel, body, max_frame_bytes);
}

}  // namespace eventail::bench
