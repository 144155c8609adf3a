#include "wire/table.hpp"

#include "wire/writer.hpp"

#include <cstring>
#include <limits>
#include <stdexcept>

namespace eventail::wire {

namespace {

/// Writes the type octet and hands out a writer for the value.
Writer begin_value(Buffer& buffer, char type) {
    Writer writer(buffer);
    writer.u8(static_cast<std::uint8_t>(type));
    return writer;
}

}  // namespace

void append_integer_field(Buffer& buffer, std::int64_t value) {
    if (std::in_range<std::int32_t>(value)) {
        begin_value(buffer, 'I').u32(static_cast<std::uint32_t>(value));
    } else {
        begin_value(buffer, 'L').u64(static_cast<std::uint64_t>(value));
    }
}

void append_unsigned_field(Buffer& buffer, std::uint64_t value) {
    if (!std::in_range<std::int64_t>(value)) {
        throw std::out_of_range("an integer in a field table is less than 2^63");
    }
    append_integer_field(buffer, static_cast<std::int64_t>(value));
}

void append_boolean_field(Buffer& buffer, bool value) {
    begin_value(buffer, 't').u8(value ? 1 : 0);
}

void append_field(Buffer& buffer, std::string_view value) {
    begin_value(buffer, 'S').long_string(value);
}

void append_field(Buffer& buffer, Bytes value) { begin_value(buffer, 'x').long_string(value); }

void append_field(Buffer& buffer, TableView value) { begin_value(buffer, 'F').table(value); }

void append_field(Buffer& buffer, ArrayView value) {
    begin_value(buffer, 'A').long_string(value.encoded());
}

void append_field(Buffer& buffer, Timestamp value) { begin_value(buffer, 'T').u64(value.seconds); }

void append_field(Buffer& buffer, std::nullptr_t) { begin_value(buffer, 'V'); }

std::size_t Table::begin_field(std::string_view name) {
    const std::size_t start = content_.size();
    Writer(content_).short_string(name);
    return start;
}

void Table::remove_before(std::size_t limit, std::string_view name) {
    const TableView older(content_.view().first(limit));
    for (auto entry = older.begin(); entry != older.end();) {
        const auto first = entry;
        ++entry;
        if ((*first).name != name) continue;
        const std::size_t from = limit - first.remaining();
        const std::size_t to = limit - entry.remaining();
        std::memmove(content_.data() + from, content_.data() + to, content_.size() - to);
        content_.resize(content_.size() - (to - from));
        return;
    }
}

}  // namespace eventail::wire
