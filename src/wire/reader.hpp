// Reads AMQP's primitive types from bytes that are complete (AMQP 0-9-1, section 4.2.5): here,
// running out of bytes means that the peer broke the protocol.
#pragma once

#include "wire/big_endian.hpp"
#include "wire/buffer.hpp"

#include <concepts>
#include <cstdint>
#include <string_view>

namespace eventail::wire {

class TableView;

/// Reads from front to back. Returns views into the bytes given to it. Every read throws
/// ProtocolError (502) when the bytes end too early.
class Reader {
public:
    explicit Reader(Bytes bytes) : rest_(bytes) {}

    std::uint8_t u8() { return take<std::uint8_t>(); }
    std::uint16_t u16() { return take<std::uint16_t>(); }
    std::uint32_t u32() { return take<std::uint32_t>(); }
    std::uint64_t u64() { return take<std::uint64_t>(); }

    std::string_view short_string() { return as_text(raw(u8())); }
    Bytes long_string() { return raw(u32()); }

    /// A field table, fully checked. Throws ProtocolError (502) if it is malformed.
    TableView table();

    /// The next `count` bytes.
    Bytes raw(std::size_t count) {
        if (count > rest_.size()) refuse_truncated();
        const Bytes bytes = rest_.first(count);
        rest_ = rest_.subspan(count);
        return bytes;
    }

    /// The bytes not read yet.
    Bytes rest() const { return rest_; }
    std::size_t remaining() const { return rest_.size(); }

    /// Throws ProtocolError (502) if bytes are left over.
    void finish() const {
        if (!rest_.empty()) refuse_trailing();
    }

private:
    template <std::unsigned_integral T>
    T take() {
        return load_big_endian<T>(raw(sizeof(T)).data());
    }
    [[noreturn]] static void refuse_truncated();
    [[noreturn]] void refuse_trailing() const;

    Bytes rest_;
};

}  // namespace eventail::wire
