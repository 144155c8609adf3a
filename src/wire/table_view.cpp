#include "wire/table_view.hpp"

#include "wire/protocol_error.hpp"
#include "wire/reader.hpp"

#include <bit>
#include <string>

namespace eventail::wire {

namespace {

/// The size of a type's values, or of their length field.
struct Layout {
    std::size_t size = 0;
    bool has_length = false;
};

/// RabbitMQ's field types, https://www.rabbitmq.com/amqp-0-9-1-errata.html section 3.
Layout layout_of(char type) {
    switch (type) {
        case 'V': return {0, false};
        case 't':
        case 'b':
        case 'B': return {1, false};
        case 's':
        case 'u': return {2, false};
        case 'I':
        case 'i':
        case 'f': return {4, false};
        case 'D': return {5, false};
        case 'l':
        case 'L':
        case 'd':
        case 'T': return {8, false};
        case 'S':
        case 'x':
        case 'A':
        case 'F': return {4, true};
        default: break;
    }
    throw ProtocolError(
        ReplyCode::syntax_error,
        "unknown field type " + std::to_string(static_cast<unsigned char>(type)) + " in a table");
}

void check_value(Reader& rest, std::size_t depth);

/// Checks a table or an array. The limit keeps a peer from exhausting the stack.
void check_content(Bytes content, bool is_table, std::size_t depth) {
    if (depth > max_table_depth) {
        throw ProtocolError(
            ReplyCode::syntax_error,
            "a field table nests deeper than " + std::to_string(max_table_depth) + " levels");
    }
    Reader rest(content);
    while (rest.remaining() != 0) {
        if (is_table) rest.short_string();
        check_value(rest, depth);
    }
}

void check_value(Reader& rest, std::size_t depth) {
    const char type = static_cast<char>(rest.u8());
    const Layout layout = layout_of(type);
    const Bytes value = layout.has_length ? rest.long_string() : rest.raw(layout.size);
    if (type == 'F' || type == 'A') check_content(value, type == 'F', depth + 1);
}

template <std::unsigned_integral T>
T load(Bytes value) {
    return load_big_endian<T>(value.data());
}

}  // namespace

TableView TableView::parse(Bytes content) {
    check_content(content, true, 1);
    return TableView(content);
}

std::optional<FieldView> TableView::find(std::string_view name) const {
    Reader rest(content_);
    while (rest.remaining() != 0) {
        const bool found = rest.short_string() == name;
        const FieldView field = FieldView::read(rest);
        if (found) return field;
    }
    return std::nullopt;
}

FieldView FieldView::read(Reader& reader) {
    const char type = static_cast<char>(reader.u8());
    const Layout layout = layout_of(type);
    return {type, layout.has_length ? reader.long_string() : reader.raw(layout.size)};
}

std::optional<bool> FieldView::as_bool() const {
    if (type_ != 't') return std::nullopt;
    return value_[0] != std::byte{0};
}

std::optional<std::int64_t> FieldView::as_int64() const {
    switch (type_) {
        case 'b': return static_cast<std::int8_t>(load<std::uint8_t>(value_));
        case 'B': return load<std::uint8_t>(value_);
        case 's': return static_cast<std::int16_t>(load<std::uint16_t>(value_));
        case 'u': return load<std::uint16_t>(value_);
        case 'I': return static_cast<std::int32_t>(load<std::uint32_t>(value_));
        case 'i': return load<std::uint32_t>(value_);
        case 'l':
        case 'L': return static_cast<std::int64_t>(load<std::uint64_t>(value_));
        default: return std::nullopt;
    }
}

std::optional<std::uint64_t> FieldView::as_uint64() const {
    const auto value = as_int64();
    if (!value || *value < 0) return std::nullopt;
    return static_cast<std::uint64_t>(*value);
}

std::optional<double> FieldView::as_double() const {
    if (type_ == 'f') return std::bit_cast<float>(load<std::uint32_t>(value_));
    if (type_ == 'd') return std::bit_cast<double>(load<std::uint64_t>(value_));
    return std::nullopt;
}

std::optional<Decimal> FieldView::as_decimal() const {
    if (type_ != 'D') return std::nullopt;
    return Decimal{load<std::uint8_t>(value_), load<std::uint32_t>(value_.subspan(1))};
}

std::optional<std::string_view> FieldView::as_text() const {
    if (type_ != 'S' && type_ != 'x') return std::nullopt;
    return wire::as_text(value_);
}

std::optional<Bytes> FieldView::as_bytes() const {
    if (type_ != 'S' && type_ != 'x') return std::nullopt;
    return value_;
}

std::optional<std::uint64_t> FieldView::as_timestamp() const {
    if (type_ != 'T') return std::nullopt;
    return load<std::uint64_t>(value_);
}

std::optional<TableView> FieldView::as_table() const {
    if (type_ != 'F') return std::nullopt;
    return TableView(value_);
}

std::optional<ArrayView> FieldView::as_array() const {
    if (type_ != 'A') return std::nullopt;
    return ArrayView(value_);
}

TableEntry TableView::Iterator::operator*() const {
    Reader rest(rest_);
    const std::string_view name = rest.short_string();
    return {name, FieldView::read(rest)};
}

TableView::Iterator& TableView::Iterator::operator++() {
    Reader rest(rest_);
    rest.short_string();
    FieldView::read(rest);
    rest_ = rest.rest();
    return *this;
}

FieldView ArrayView::Iterator::operator*() const {
    Reader rest(rest_);
    return FieldView::read(rest);
}

ArrayView::Iterator& ArrayView::Iterator::operator++() {
    Reader rest(rest_);
    FieldView::read(rest);
    rest_ = rest.rest();
    return *this;
}

}  // namespace eventail::wire
