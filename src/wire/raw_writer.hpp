// Writes AMQP's primitive types into memory of sufficient size, and measures that size first:
// Writer's work in two steps, without a check at each value.
#pragma once

#include "wire/big_endian.hpp"
#include "wire/buffer.hpp"
#include "wire/table_view.hpp"
#include "wire/writer.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace eventail::wire {

/// Counts the bytes that the same calls on a RawWriter would write.
class ByteCounter {
public:
    std::size_t count() const { return count_; }

    void u8(std::uint8_t) { count_ += 1; }
    void u16(std::uint16_t) { count_ += 2; }
    void u32(std::uint32_t) { count_ += 4; }
    void u64(std::uint64_t) { count_ += 8; }
    /// Throws std::length_error beyond 255 bytes.
    void short_string(std::string_view text) {
        Writer::check_short_string(text);
        count_ += 1 + text.size();
    }
    /// Throws std::length_error from 4 GiB on.
    void long_string(Bytes bytes) {
        Writer::check_long_string(bytes);
        count_ += 4 + bytes.size();
    }
    void table(TableView table) { long_string(table.encoded()); }

private:
    std::size_t count_ = 0;
};

/// Writes to memory that has enough room.
class RawWriter {
public:
    explicit RawWriter(std::byte* at) : at_(at) {}

    /// Where the next byte goes.
    std::byte* position() const { return at_; }

    void u8(std::uint8_t value) { put(value); }
    void u16(std::uint16_t value) { put(value); }
    void u32(std::uint32_t value) { put(value); }
    void u64(std::uint64_t value) { put(value); }
    void short_string(std::string_view text) {
        u8(static_cast<std::uint8_t>(text.size()));
        raw(as_bytes(text));
    }
    void long_string(Bytes bytes) {
        u32(static_cast<std::uint32_t>(bytes.size()));
        raw(bytes);
    }
    void table(TableView table) { long_string(table.encoded()); }

    void raw(Bytes bytes) {
        copy(at_, bytes.data(), bytes.size());
        at_ += bytes.size();
    }

private:
    template <std::unsigned_integral T>
    void put(T value) {
        store_big_endian(at_, value);
        at_ += sizeof(T);
    }

    // Names and ids are short: two loads and stores, which may overlap, cost less than a call.
    static void copy(std::byte* to, const std::byte* from, std::size_t size) {
        if (size >= 8 && size <= 16) {
            copy_ends<std::uint64_t>(to, from, size);
        } else if (size >= 4 && size < 8) {
            copy_ends<std::uint32_t>(to, from, size);
        } else if (size != 0) {
            std::memcpy(to, from, size);
        }
    }
    template <typename Word>
    static void copy_ends(std::byte* to, const std::byte* from, std::size_t size) {
        Word first = 0;
        Word last = 0;
        std::memcpy(&first, from, sizeof(Word));
        std::memcpy(&last, from + size - sizeof(Word), sizeof(Word));
        std::memcpy(to, &first, sizeof(Word));
        std::memcpy(to + size - sizeof(Word), &last, sizeof(Word));
    }

    std::byte* at_;
};

}  // namespace eventail::wire
