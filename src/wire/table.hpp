// Tables and arrays to send: encoded as they are filled, and only with the field types that all
// peers understand alike (t I L S x A F T V, see protocol.md).
#pragma once

#include "wire/table_view.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

namespace eventail::wire {

/// Seconds since 1970, sent as a field of type T.
struct Timestamp {
    std::uint64_t seconds = 0;
};

// Each appends a type octet and a value.

/// I, or L if 32 bits are too few.
void append_integer_field(Buffer& buffer, std::int64_t value);
/// The same. Throws std::out_of_range from 2^63 on: no field type can carry it.
void append_unsigned_field(Buffer& buffer, std::uint64_t value);
void append_boolean_field(Buffer& buffer, bool value);

void append_field(Buffer& buffer, std::string_view value);
void append_field(Buffer& buffer, Bytes value);
void append_field(Buffer& buffer, TableView value);
void append_field(Buffer& buffer, ArrayView value);
void append_field(Buffer& buffer, Timestamp value);
void append_field(Buffer& buffer, std::nullptr_t);
/// Peers disagree on floating point, so it is never sent in a table.
void append_field(Buffer& buffer, double value) = delete;

template <std::integral T>
void append_field(Buffer& buffer, T value) {
    if constexpr (std::same_as<T, bool>) {
        append_boolean_field(buffer, value);
    } else if constexpr (std::signed_integral<T>) {
        append_integer_field(buffer, value);
    } else {
        append_unsigned_field(buffer, value);
    }
}

/// The types that our tables and arrays can hold: booleans, integers, text, bytes, tables, arrays,
/// timestamps and nullptr (void).
template <typename T>
concept FieldValue = requires(Buffer& buffer, const T& value) {
    append_field(buffer, value);
};

/// Owns an encoded array while it is filled.
class Array {
public:
    Array() = default;
    Array(const Array& other) { content_.append(other.content_.view()); }
    Array(Array&&) noexcept = default;
    Array& operator=(Array other) noexcept {
        content_ = std::move(other.content_);
        return *this;
    }

    template <FieldValue T>
    Array& add(const T& value) {
        append_field(content_, value);
        return *this;
    }

    ArrayView view() const { return ArrayView(content_.view()); }
    operator ArrayView() const { return view(); }

private:
    Buffer content_;
};

/// Owns an encoded table while it is filled. A view of it dies with the next change.
class Table {
public:
    Table() = default;
    explicit Table(TableView view) { content_.append(view.encoded()); }
    Table(const Table& other) : Table(other.view()) {}
    Table(Table&&) noexcept = default;
    Table& operator=(Table other) noexcept {
        content_ = std::move(other.content_);
        return *this;
    }

    /// Adds a field at the end, and replaces an earlier one of that name. Throws std::length_error
    /// for a name of more than 255 bytes; after any throw the table is unchanged.
    template <FieldValue T>
    Table& set(std::string_view name, const T& value) {
        const std::size_t start = begin_field(name);
        try {
            append_field(content_, value);
        } catch (...) {
            content_.resize(start);
            throw;
        }
        remove_before(start, name);
        return *this;
    }

    bool empty() const { return content_.empty(); }
    TableView view() const { return TableView(content_.view()); }
    operator TableView() const { return view(); }

private:
    std::size_t begin_field(std::string_view name);
    void remove_before(std::size_t limit, std::string_view name);

    Buffer content_;
};

}  // namespace eventail::wire
