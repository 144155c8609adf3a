// Message headers as separate fields. Fields from a client keep their bytes.
#pragma once

#include "wire/buffer.hpp"
#include "wire/table_view.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace eventail::broker {

/// RabbitMQ's name for a field type in its texts: `longstr` for S.
std::string_view type_name(char type);

/// A number, a boolean or a text as RabbitMQ prints it; dots for anything else.
std::string value_text(wire::FieldView field);

/// A value with its type octet in front.
std::string encode_value(wire::FieldView field);
std::string encode_long_string(std::string_view value);
std::string encode_timestamp(std::uint64_t seconds);
/// Encodes type l, which RabbitMQ uses for its counters.
std::string encode_long(std::int64_t value);
std::string encode_array(const std::vector<std::string>& encoded_values);

/// The fields of a table, each with a name and an encoded value.
class HeaderFields {
public:
    HeaderFields() = default;
    explicit HeaderFields(wire::TableView table);

    /// Adds at the end, or replaces in place.
    void set(std::string_view name, std::string encoded_value);
    void remove(std::string_view name);
    /// Sorts by name, as RabbitMQ does when it changes a table.
    void sort();

    /// The content of the table.
    wire::Buffer encode() const;
    /// Encodes the table as a value of type F.
    std::string encode_as_value() const;

private:
    struct Field {
        std::string name = {};
        std::string value = {};
    };

    std::vector<Field> fields_;
};

}  // namespace eventail::broker
