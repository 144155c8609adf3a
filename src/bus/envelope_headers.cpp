#include "bus/envelope_headers.hpp"

#include "payload/cbor_utf8.hpp"
#include "payload/from_table.hpp"

namespace eventail::bus {
namespace {

bool is_further(std::string_view name) {
    return name != conversation_header && name != status_header && payload::is_utf8(name);
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

Payload further_headers(wire::TableView headers) {
    for (const auto& [name, field] : headers) {
        if (is_further(name)) return payload::from_table(headers, is_further);
    }
    return Payload();
}

}  // namespace eventail::bus
