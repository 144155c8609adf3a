#include "payload/from_table.hpp"

#include "payload/cbor_utf8.hpp"

#include <cmath>
#include <cstddef>
#include <iterator>

namespace eventail {
namespace payload {
namespace {

struct WantedFields {
    wire::TableView table;
    bool (*is_wanted)(std::string_view name);
};

bool is_any(std::string_view) { return true; }

void write_field(PayloadWriter& writer, const wire::FieldView& field);

void write_table(PayloadWriter& writer, wire::TableView table,
                 bool (*is_wanted)(std::string_view name)) {
    std::size_t count = 0;
    for (const auto& [name, field] : table) count += is_utf8(name) && is_wanted(name) ? 1U : 0U;
    writer.begin_map(count);
    for (const auto& [name, field] : table) {
        if (!is_utf8(name) || !is_wanted(name)) continue;
        writer.key(name);
        write_field(writer, field);
    }
    writer.end();
}

void write_array(PayloadWriter& writer, wire::ArrayView array) {
    writer.begin_list(static_cast<std::size_t>(std::distance(array.begin(), array.end())));
    for (const wire::FieldView field : array) write_field(writer, field);
    writer.end();
}

// Recurses at most as deep as wire::max_table_depth.
void write_field(PayloadWriter& writer, const wire::FieldView& field) {
    if (const auto truth = field.as_bool()) {
        writer.write(*truth);
    } else if (const auto integer = field.as_int64()) {
        writer.write(*integer);
    } else if (const auto seconds = field.as_timestamp()) {
        writer.write(*seconds);
    } else if (const auto number = field.as_double()) {
        writer.write(*number);
    } else if (const auto decimal = field.as_decimal()) {
        writer.write(decimal->value / std::pow(10.0, decimal->scale));
    } else if (const auto text = field.as_text(); text && field.type() == 'S' && is_utf8(*text)) {
        writer.write(*text);
    } else if (const auto bytes = field.as_bytes()) {
        writer.write(*bytes);
    } else if (const auto array = field.as_array()) {
        write_array(writer, *array);
    } else if (const auto table = field.as_table()) {
        write_table(writer, *table, is_any);
    } else {
        writer.write(nullptr);
    }
}

}  // namespace
}  // namespace payload

template <>
struct Codec<payload::WantedFields> {
    static void encode(const payload::WantedFields& fields, PayloadWriter& writer) {
        payload::write_table(writer, fields.table, fields.is_wanted);
    }
};

Payload payload::from_table(wire::TableView table, bool (*is_wanted)(std::string_view name)) {
    return Payload(WantedFields{table, is_wanted});
}

}  // namespace eventail
