// Turns the fields of a method or of the properties into bytes and back. The C++ type alone decides
// how: string_view is a short string, Bytes a long string, bool a bit. Neighbouring bits share
// octets (AMQP 0-9-1, section 4.2.5.2).
#pragma once

#include "wire/reader.hpp"
#include "wire/table_view.hpp"
#include "wire/writer.hpp"

#include <cstdint>
#include <string_view>

namespace eventail::wire {

/// Visits a struct's fields and writes each to a Writer, RawWriter or ByteCounter.
template <typename AnyWriter>
class FieldEncoder {
public:
    explicit FieldEncoder(AnyWriter& writer) : writer_(writer) {}

    void operator()(std::string_view, bool bit) {
        if (bit_count_ == 8) flush_bits();
        if (bit) bits_ = static_cast<std::uint8_t>(bits_ | (1U << bit_count_));
        ++bit_count_;
    }
    template <typename T>
    void operator()(std::string_view, const T& field) {
        flush_bits();
        write(field);
    }
    void finish() { flush_bits(); }

private:
    void flush_bits() {
        if (bit_count_ == 0) return;
        writer_.u8(bits_);
        bits_ = 0;
        bit_count_ = 0;
    }
    void write(std::uint8_t value) { writer_.u8(value); }
    void write(std::uint16_t value) { writer_.u16(value); }
    void write(std::uint32_t value) { writer_.u32(value); }
    void write(std::uint64_t value) { writer_.u64(value); }
    void write(std::string_view value) { writer_.short_string(value); }
    void write(Bytes value) { writer_.long_string(value); }
    void write(TableView value) { writer_.table(value); }

    AnyWriter& writer_;
    std::uint8_t bits_ = 0;
    unsigned bit_count_ = 0;
};

/// Visits a struct's fields and reads each.
class FieldDecoder {
public:
    explicit FieldDecoder(Bytes bytes) : reader_(bytes) {}

    void operator()(std::string_view, bool& bit) {
        if (bit_count_ == 0 || bit_count_ == 8) {
            bits_ = reader_.u8();
            bit_count_ = 0;
        }
        bit = ((unsigned{bits_} >> bit_count_) & 1U) != 0;
        ++bit_count_;
    }
    template <typename T>
    void operator()(std::string_view, T& field) {
        bit_count_ = 0;
        read(field);
    }
    /// Throws ProtocolError (502) if bytes are left over.
    void finish() { reader_.finish(); }

private:
    void read(std::uint8_t& value) { value = reader_.u8(); }
    void read(std::uint16_t& value) { value = reader_.u16(); }
    void read(std::uint32_t& value) { value = reader_.u32(); }
    void read(std::uint64_t& value) { value = reader_.u64(); }
    void read(std::string_view& value) { value = reader_.short_string(); }
    void read(Bytes& value) { value = reader_.long_string(); }
    void read(TableView& value) { value = reader_.table(); }

    Reader reader_;
    std::uint8_t bits_ = 0;
    unsigned bit_count_ = 0;
};

}  // namespace eventail::wire
