#include "bus/envelope_headers.hpp"

#include "payload/cbor_utf8.hpp"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <iterator>

namespace eventail {
namespace bus {
namespace {

struct FurtherHeaders {
    wire::TableView table;
};

bool is_handed_through(std::string_view name) { return payload::is_utf8(name); }

bool is_further(std::string_view name) {
    return name != conversation_header && name != status_header && is_handed_through(name);
}

void write_field(PayloadWriter& writer, const wire::FieldView& field);

template <class IsWanted>
void write_table(PayloadWriter& writer, wire::TableView table, IsWanted is_wanted) {
    std::size_t count = 0;
    for (const auto& [name, field] : table) count += is_wanted(name) ? 1U : 0U;
    writer.begin_map(count);
    for (const auto& [name, field] : table) {
        if (!is_wanted(name)) continue;
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
    } else if (const auto text = field.as_text();
               text && field.type() == 'S' && payload::is_utf8(*text)) {
        writer.write(*text);
    } else if (const auto bytes = field.as_bytes()) {
        writer.write(*bytes);
    } else if (const auto array = field.as_array()) {
        write_array(writer, *array);
    } else if (const auto table = field.as_table()) {
        write_table(writer, *table, is_handed_through);
    } else {
        writer.write(nullptr);
    }
}

}  // namespace

void read_id(const wire::FieldView& field, std::string& id) {
    id.clear();
    if (const auto text = field.as_text()) {
        id.assign(*text);
    } else if (const auto integer = field.as_int64()) {
        id = std::to_string(*integer);
    }
}

}  // namespace bus

template <>
struct Codec<bus::FurtherHeaders> {
    static void encode(const bus::FurtherHeaders& headers, PayloadWriter& writer) {
        bus::write_table(writer, headers.table, bus::is_further);
    }
};

Payload bus::further_headers(wire::TableView headers) {
    for (const auto& [name, field] : headers) {
        if (is_further(name)) return Payload(FurtherHeaders{headers});
    }
    return Payload();
}

}  // namespace eventail
