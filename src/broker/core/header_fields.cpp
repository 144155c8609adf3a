#include "broker/core/header_fields.hpp"

#include "wire/writer.hpp"

#include <algorithm>
#include <utility>

namespace eventail::broker {

namespace {

template <typename Write>
std::string encoded(char type, Write&& write) {
    wire::Buffer buffer;
    wire::Writer writer(buffer);
    writer.u8(static_cast<std::uint8_t>(type));
    write(writer);
    return std::string(wire::as_text(buffer.view()));
}

}  // namespace

std::string_view type_name(char type) {
    switch (type) {
        case 't': return "bool";
        case 'b': return "byte";
        case 'B': return "unsignedbyte";
        case 's': return "short";
        case 'u': return "unsignedshort";
        case 'I': return "signedint";
        case 'i': return "unsignedint";
        case 'l':
        case 'L': return "long";
        case 'f': return "float";
        case 'd': return "double";
        case 'D': return "decimal";
        case 'S': return "longstr";
        case 'x': return "binary";
        case 'A': return "array";
        case 'F': return "table";
        case 'T': return "timestamp";
        default: return "void";
    }
}

std::string value_text(wire::FieldView field) {
    if (const auto integer = field.as_int64()) return std::to_string(*integer);
    if (const auto boolean = field.as_bool()) return *boolean ? "true" : "false";
    if (const auto value = field.as_text()) return std::string(*value);
    return "...";
}

std::string encode_value(wire::FieldView field) {
    const bool has_length = std::string_view("SxAF").find(field.type()) != std::string_view::npos;
    return encoded(field.type(), [&](wire::Writer& writer) {
        if (has_length) {
            writer.long_string(field.encoded());
        } else {
            writer.raw(field.encoded());
        }
    });
}

std::string encode_long_string(std::string_view value) {
    return encoded('S', [&](wire::Writer& writer) { writer.long_string(value); });
}

std::string encode_timestamp(std::uint64_t seconds) {
    return encoded('T', [&](wire::Writer& writer) { writer.u64(seconds); });
}

std::string encode_long(std::int64_t value) {
    return encoded('l',
                   [&](wire::Writer& writer) { writer.u64(static_cast<std::uint64_t>(value)); });
}

std::string encode_array(const std::vector<std::string>& encoded_values) {
    std::string content;
    for (const std::string& value : encoded_values) content += value;
    return encoded('A', [&](wire::Writer& writer) { writer.long_string(content); });
}

HeaderFields::HeaderFields(wire::TableView table) {
    for (const auto [name, field] : table) {
        fields_.push_back({std::string(name), encode_value(field)});
    }
}

void HeaderFields::set(std::string_view name, std::string encoded_value) {
    const auto field = std::find_if(fields_.begin(), fields_.end(),
                                    [&](const Field& other) { return other.name == name; });
    if (field != fields_.end()) {
        field->value = std::move(encoded_value);
    } else {
        fields_.push_back({std::string(name), std::move(encoded_value)});
    }
}

void HeaderFields::remove(std::string_view name) {
    std::erase_if(fields_, [&](const Field& field) { return field.name == name; });
}

void HeaderFields::sort() {
    std::stable_sort(fields_.begin(), fields_.end(),
                     [](const Field& left, const Field& right) { return left.name < right.name; });
}

wire::Buffer HeaderFields::encode() const {
    wire::Buffer content;
    wire::Writer writer(content);
    for (const Field& field : fields_) {
        writer.short_string(field.name);
        writer.raw(wire::as_bytes(field.value));
    }
    return content;
}

std::string HeaderFields::encode_as_value() const {
    const wire::Buffer content = encode();
    return encoded('F', [&](wire::Writer& writer) { writer.long_string(content.view()); });
}

}  // namespace eventail::broker
