// Appends AMQP's primitive types to a Buffer (AMQP 0-9-1, section 4.2.5). Knows nothing of methods.
#pragma once

#include "wire/big_endian.hpp"
#include "wire/buffer.hpp"

#include <concepts>
#include <cstdint>
#include <string_view>

namespace eventail::wire {

class TableView;

/// Appends to a buffer that must outlive it.
class Writer {
public:
    explicit Writer(Buffer& buffer) : buffer_(buffer) {}

    void u8(std::uint8_t value) { put(value); }
    void u16(std::uint16_t value) { put(value); }
    void u32(std::uint32_t value) { put(value); }
    void u64(std::uint64_t value) { put(value); }

    /// One length octet and the text. Throws std::length_error beyond 255 bytes.
    void short_string(std::string_view text) {
        check_short_string(text);
        u8(static_cast<std::uint8_t>(text.size()));
        raw(as_bytes(text));
    }

    /// Four length octets and the bytes. Throws std::length_error from 4 GiB on.
    void long_string(Bytes bytes) {
        check_long_string(bytes);
        u32(static_cast<std::uint32_t>(bytes.size()));
        raw(bytes);
    }
    void long_string(std::string_view text) { long_string(as_bytes(text)); }

    /// Four length octets and the fields.
    void table(TableView table);

    void raw(Bytes bytes) { buffer_.append(bytes); }

    /// Throws std::length_error for a text that is too long for a short string.
    static void check_short_string(std::string_view text) {
        if (text.size() > 255) refuse_short_string(text);
    }
    static void check_long_string(Bytes bytes) {
        if (bytes.size() > 0xffff'ffff) refuse_long_string();
    }

    /// Where the next byte goes, counted from the start of the buffer.
    std::size_t position() const { return buffer_.size(); }

    /// Overwrites the four bytes at `position`.
    void patch_u32(std::size_t position, std::uint32_t value) {
        store_big_endian(buffer_.data() + position, value);
    }

private:
    template <std::unsigned_integral T>
    void put(T value) {
        store_big_endian(buffer_.grow(sizeof(T)), value);
    }
    [[noreturn]] static void refuse_short_string(std::string_view text);
    [[noreturn]] static void refuse_long_string();

    Buffer& buffer_;
};

}  // namespace eventail::wire
