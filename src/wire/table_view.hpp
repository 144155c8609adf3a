// Field tables and arrays (AMQP 0-9-1, section 4.2.5.5, with the field types that RabbitMQ has) as
// views over their encoded bytes. A decoder checks a view completely, once, before it hands it out.
// table.hpp builds the tables that we send.
#pragma once

#include "wire/buffer.hpp"

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string_view>

namespace eventail::wire {

/// How deep tables and arrays may nest, the outermost table included.
inline constexpr std::size_t max_table_depth = 16;

class ArrayView;

/// A table's fields in the order of arrival. Views live as long as the underlying bytes.
class TableView {
public:
    class Iterator;

    TableView() = default;

    /// Checks the content of a table (the bytes after its length). Throws ProtocolError (502).
    static TableView parse(Bytes content);
    /// Views content that this layer encoded (table.hpp), without checking it again.
    static TableView trusted(Bytes content) { return TableView(content); }

    bool empty() const { return content_.empty(); }
    Iterator begin() const;
    Iterator end() const;

    /// The first field of that name.
    std::optional<class FieldView> find(std::string_view name) const;

    /// The content, without the length.
    Bytes encoded() const { return content_; }

    /// True for the same fields of the same types in the same order.
    friend bool operator==(TableView left, TableView right) {
        return as_text(left.content_) == as_text(right.content_);
    }

private:
    friend class FieldView;
    friend class Table;
    explicit TableView(Bytes checked_content) : content_(checked_content) {}

    Bytes content_;
};

/// A decimal field: value / 10^scale.
struct Decimal {
    std::uint8_t scale = 0;
    std::uint32_t value = 0;

    friend bool operator==(const Decimal&, const Decimal&) = default;
};

/// One value of a table or an array. An accessor for another type returns nothing.
class FieldView {
public:
    /// The type octet: one of t b B s u I i l L f d D S x A F T V.
    char type() const { return type_; }

    bool is_void() const { return type_ == 'V'; }
    std::optional<bool> as_bool() const;
    /// An integer of any width: b B s u I i l L (the last two both signed, as in RabbitMQ).
    std::optional<std::int64_t> as_int64() const;
    /// An integer of any width that is not negative.
    std::optional<std::uint64_t> as_uint64() const;
    /// f or d.
    std::optional<double> as_double() const;
    std::optional<Decimal> as_decimal() const;
    /// S or x. Not checked: it need not be UTF-8.
    std::optional<std::string_view> as_text() const;
    /// S or x.
    std::optional<Bytes> as_bytes() const;
    /// Seconds since 1970.
    std::optional<std::uint64_t> as_timestamp() const;
    std::optional<TableView> as_table() const;
    std::optional<ArrayView> as_array() const;

    /// The value without its type octet and without the length that some types have.
    Bytes encoded() const { return value_; }

    friend bool operator==(FieldView left, FieldView right) {
        return left.type_ == right.type_ &&
               wire::as_text(left.value_) == wire::as_text(right.value_);
    }

private:
    friend class TableView;
    friend class ArrayView;
    static FieldView read(class Reader& reader);
    FieldView(char type, Bytes value) : type_(type), value_(value) {}

    char type_;
    Bytes value_;
};

/// An array's values.
class ArrayView {
public:
    class Iterator;

    ArrayView() = default;

    bool empty() const { return content_.empty(); }
    Iterator begin() const;
    Iterator end() const;

    /// The content, without the length.
    Bytes encoded() const { return content_; }

    friend bool operator==(ArrayView left, ArrayView right) {
        return as_text(left.content_) == as_text(right.content_);
    }

private:
    friend class FieldView;
    friend class Array;
    explicit ArrayView(Bytes checked_content) : content_(checked_content) {}

    Bytes content_;
};

/// One step of iterating over a table: `for (auto [name, field] : table)`.
struct TableEntry {
    std::string_view name;
    FieldView field;
};

class TableView::Iterator {
public:
    using value_type = TableEntry;
    using difference_type = std::ptrdiff_t;
    using iterator_concept = std::forward_iterator_tag;

    Iterator() = default;
    TableEntry operator*() const;
    Iterator& operator++();
    Iterator operator++(int) {
        Iterator before = *this;
        ++*this;
        return before;
    }
    /// How many bytes of the table are left, the current field included.
    std::size_t remaining() const { return rest_.size(); }
    friend bool operator==(const Iterator& left, const Iterator& right) {
        return left.rest_.size() == right.rest_.size();
    }

private:
    friend class TableView;
    explicit Iterator(Bytes rest) : rest_(rest) {}

    Bytes rest_;
};

class ArrayView::Iterator {
public:
    using value_type = FieldView;
    using difference_type = std::ptrdiff_t;
    using iterator_concept = std::forward_iterator_tag;

    Iterator() = default;
    FieldView operator*() const;
    Iterator& operator++();
    Iterator operator++(int) {
        Iterator before = *this;
        ++*this;
        return before;
    }
    friend bool operator==(const Iterator& left, const Iterator& right) {
        return left.rest_.size() == right.rest_.size();
    }

private:
    friend class ArrayView;
    explicit Iterator(Bytes rest) : rest_(rest) {}

    Bytes rest_;
};

inline TableView::Iterator TableView::begin() const { return Iterator(content_); }
inline TableView::Iterator TableView::end() const { return Iterator(content_.last(0)); }
inline ArrayView::Iterator ArrayView::begin() const { return Iterator(content_); }
inline ArrayView::Iterator ArrayView::end() const { return Iterator(content_.last(0)); }

}  // namespace eventail::wire
