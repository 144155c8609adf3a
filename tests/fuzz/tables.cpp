// A field table from a peer: refused with a ProtocolError, or every accessor of every field works
// and a field-by-field copy is the same table.

#include "wire/protocol_error.hpp"
#include "wire/table_view.hpp"
#include "wire/to_text.hpp"
#include "wire/writer.hpp"

#include <cstdint>
#include <cstdlib>
#include <vector>

namespace {

using namespace eventail::wire;

void require(bool condition) {
    if (!condition) std::abort();
}

void copy_field(Writer writer, FieldView field);

void copy_table(Writer writer, TableView table) {
    for (const auto [name, field] : table) {
        writer.short_string(name);
        copy_field(writer, field);
        require(table.find(name).has_value());
    }
}

void copy_field(Writer writer, FieldView field) {
    require(!field.as_uint64() || field.as_int64());
    require(field.as_text().has_value() == field.as_bytes().has_value());
    writer.u8(static_cast<std::uint8_t>(field.type()));
    const auto table = field.as_table();
    const auto array = field.as_array();
    if (table || array || field.as_text()) {
        writer.u32(static_cast<std::uint32_t>(field.encoded().size()));
    }
    if (table) {
        copy_table(writer, *table);
    } else if (array) {
        for (const FieldView item : *array) copy_field(writer, item);
    } else {
        writer.raw(field.encoded());
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const Bytes content = std::as_bytes(std::span(data, size));
    try {
        const TableView table = TableView::parse(content);
        Buffer copy;
        copy_table(Writer(copy), table);
        require(as_text(copy.view()) == as_text(content));
        require(to_text(table).size() >= 2);
    } catch (const ProtocolError& error) {
        require(error.code() == ReplyCode::syntax_error);
    }
    return 0;
}
