// Field tables: what peers may send, what we send, and which are refused.

#include "wire/table.hpp"

#include "unit/wire/golden.hpp"
#include "wire/big_endian.hpp"
#include "wire/protocol_error.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <limits>
#include <string>
#include <vector>

namespace eventail::wire {
namespace {

using namespace std::string_literals;

static_assert(std::forward_iterator<TableView::Iterator>);
static_assert(std::forward_iterator<ArrayView::Iterator>);
static_assert(!FieldValue<double>, "floating point is never sent in a table");
static_assert(!FieldValue<const void*>, "pointers are no booleans");

std::string length(std::size_t size) {
    std::string bytes(4, '\0');
    store_big_endian(reinterpret_cast<std::byte*>(bytes.data()), static_cast<std::uint32_t>(size));
    return bytes;
}

/// A table's content with one field.
std::string one_field(std::string_view type_and_value) {
    return "\x01n"s + std::string(type_and_value);
}

std::string nested(std::size_t levels) {
    std::string content;
    for (std::size_t i = 1; i < levels; ++i)
        content = one_field("F" + length(content.size()) + content);
    return content;
}

/// Every field type once, each with a value that shows its width and sign.
const std::string every_type =
    "\x01"
    "at\x01"
    "\x01"
    "bb\xff"
    "\x01"
    "cB\xff"
    "\x01"
    "ds\xff\xfe"
    "\x01"
    "eu\xff\xfe"
    "\x01"
    "fI\xff\xff\xff\xfd"
    "\x01"
    "gi\xff\xff\xff\xfd"
    "\x01"
    "hl\xff\xff\xff\xff\xff\xff\xff\xfc"
    "\x01"
    "iL\xff\xff\xff\xff\xff\xff\xff\xfb"
    "\x01"
    "jf\x3f\x00\x00\x00"
    "\x01"
    "kd\x3f\xe0\x00\x00\x00\x00\x00\x00"
    "\x01"
    "lD\x02\x00\x00\x01\x39"
    "\x01"
    "mS\x00\x00\x00\x04text"
    "\x01"
    "nx\x00\x00\x00\x02\x00\xff"
    "\x01"
    "oA\x00\x00\x00\x03Vt\x00"
    "\x01"
    "pF\x00\x00\x00\x04\x01qt\x01"
    "\x01"
    "qT\x00\x00\x00\x00\x65\x53\xf1\x00"
    "\x01"
    "rV"s;

TEST(TableView, reads_every_field_type_that_rabbitmq_has) {
    const TableView table = TableView::parse(as_bytes(every_type));
    const auto field = [&](std::string_view name) { return table.find(name).value(); };

    EXPECT_EQ(field("a").as_bool(), true);
    EXPECT_EQ(field("b").as_int64(), -1);
    EXPECT_EQ(field("c").as_int64(), 255);
    EXPECT_EQ(field("d").as_int64(), -2);
    EXPECT_EQ(field("e").as_int64(), 65534);
    EXPECT_EQ(field("f").as_int64(), -3);
    EXPECT_EQ(field("g").as_int64(), 4294967293);
    EXPECT_EQ(field("h").as_int64(), -4);
    EXPECT_EQ(field("i").as_int64(), -5) << "L is signed, too";
    EXPECT_EQ(field("j").as_double(), 0.5);
    EXPECT_EQ(field("k").as_double(), 0.5);
    EXPECT_EQ(field("l").as_decimal(), (Decimal{.scale = 2, .value = 313}));
    EXPECT_EQ(field("m").as_text(), "text");
    EXPECT_EQ(field("n").as_text(), "\x00\xff"s);
    EXPECT_EQ(as_text(field("n").as_bytes().value()), "\x00\xff"s);
    EXPECT_EQ(field("o").as_array()->encoded().size(), 3U);
    EXPECT_EQ(field("p").as_table()->find("q")->as_bool(), true);
    EXPECT_EQ(field("q").as_timestamp(), 1700000000U);
    EXPECT_TRUE(field("r").is_void());
}

TEST(TableView, accessors_of_another_type_return_nothing) {
    const TableView table = TableView::parse(as_bytes(every_type));

    for (const auto [name, field] : table) {
        SCOPED_TRACE(field.type());
        const std::string_view type_octet(&name.front(), 1);
        const bool is_integer = "bcdefghi"s.find(type_octet) != std::string::npos;
        const bool is_negative = "bdfhi"s.find(type_octet) != std::string::npos;
        EXPECT_EQ(field.as_bool().has_value(), name == "a");
        EXPECT_EQ(field.as_int64().has_value(), is_integer);
        EXPECT_EQ(field.as_uint64().has_value(), is_integer && !is_negative);
        EXPECT_EQ(field.as_double().has_value(), name == "j" || name == "k");
        EXPECT_EQ(field.as_decimal().has_value(), name == "l");
        EXPECT_EQ(field.as_text().has_value(), name == "m" || name == "n");
        EXPECT_EQ(field.as_bytes().has_value(), name == "m" || name == "n");
        EXPECT_EQ(field.as_array().has_value(), name == "o");
        EXPECT_EQ(field.as_table().has_value(), name == "p");
        EXPECT_EQ(field.as_timestamp().has_value(), name == "q");
        EXPECT_EQ(field.is_void(), name == "r");
    }
}

TEST(TableView, yields_its_fields_in_their_order) {
    const TableView table = TableView::parse(as_bytes(every_type));

    std::string names;
    std::string types;
    for (const auto [name, field] : table) {
        names += name;
        types += field.type();
    }

    EXPECT_EQ(names, "abcdefghijklmnopqr");
    EXPECT_EQ(types, "tbBsuIilLfdDSxAFTV");
}

TEST(TableView, yields_the_values_of_an_array_in_their_order) {
    const std::string content = one_field("A\x00\x00\x00\x03Vt\x01"s);
    const TableView table = TableView::parse(as_bytes(content));
    const ArrayView array = table.find("n")->as_array().value();

    const std::vector<FieldView> fields(array.begin(), array.end());

    ASSERT_EQ(fields.size(), 2U);
    EXPECT_TRUE(fields[0].is_void());
    EXPECT_EQ(fields[1].as_bool(), true);
}

TEST(TableView, finds_the_first_field_of_a_name) {
    const std::string content = "\x01nt\x01\x01nt\x00"s;

    const TableView table = TableView::parse(as_bytes(content));

    EXPECT_EQ(table.find("n")->as_bool(), true);
    EXPECT_FALSE(table.find("m"));
}

TEST(TableView, a_table_cut_short_anywhere_is_refused) {
    std::vector<std::size_t> whole = {0};
    std::size_t position = 0;
    const TableView table = TableView::parse(as_bytes(every_type));
    for (auto entry = table.begin(); entry != table.end(); ++entry) {
        position = every_type.size() - entry.remaining();
        whole.push_back(position);
    }

    for (std::size_t size = 0; size < every_type.size(); ++size) {
        const bool is_whole = std::find(whole.begin(), whole.end(), size) != whole.end();
        const std::string cut = every_type.substr(0, size);
        if (is_whole) {
            EXPECT_NO_THROW(TableView::parse(as_bytes(cut))) << size;
        } else {
            EXPECT_THROW(TableView::parse(as_bytes(cut)), ProtocolError) << size;
        }
    }
}

TEST(TableView, every_other_field_type_is_refused) {
    const std::string known = "tbBsuIilLfdDSxAFTV";

    for (int octet = 0; octet < 256; ++octet) {
        const char type = static_cast<char>(octet);
        if (known.find(type) != std::string::npos) continue;
        const std::string content = one_field(std::string(1, type) + std::string(16, '\0'));
        EXPECT_THROW(TableView::parse(as_bytes(content)), ProtocolError) << octet;
    }
}

TEST(TableView, an_unknown_field_type_is_a_syntax_error_at_any_depth) {
    try {
        TableView::parse(as_bytes(one_field("A\x00\x00\x00\x02U0"s)));
        FAIL() << "accepted";
    } catch (const ProtocolError& error) {
        EXPECT_EQ(error.code(), ReplyCode::syntax_error);
    }
}

TEST(TableView, nests_as_deep_as_the_limit_and_no_deeper) {
    const std::string deepest = nested(max_table_depth);
    const std::string deeper = nested(max_table_depth + 1);

    EXPECT_NO_THROW(TableView::parse(as_bytes(deepest)));
    EXPECT_THROW(TableView::parse(as_bytes(deeper)), ProtocolError);
}

TEST(TableView, ten_thousand_nested_tables_are_refused) {
    std::string content;
    for (int i = 10'000; i > 0; --i)
        content += "\x00"s + "F" + length(6 * static_cast<unsigned>(i));

    EXPECT_THROW(TableView::parse(as_bytes(content)), ProtocolError);
    EXPECT_THROW(TableView::parse(as_bytes(nested(10'000))), ProtocolError);
}

TEST(TableView, ten_thousand_nested_arrays_are_refused) {
    std::string content;
    for (int i = 0; i < 10'000; ++i) content.insert(0, "A" + length(content.size()));

    EXPECT_THROW(TableView::parse(as_bytes(one_field(content))), ProtocolError);
}

TEST(TableView, a_length_that_leaves_its_parent_is_refused) {
    const std::string inner = "\x01nS"s + length(5) + "1234";

    EXPECT_THROW(TableView::parse(as_bytes(one_field("F" + length(inner.size()) + inner + "5"))),
                 ProtocolError);
    EXPECT_THROW(TableView::parse(as_bytes(one_field("S\xff\xff\xff\xffx"s))), ProtocolError);
}

TEST(TableView, equals_a_table_with_the_same_fields) {
    const Table one = Table().set("a", 1).set("b", 2);
    const Table other = Table().set("b", 2).set("a", 1);

    EXPECT_EQ(one.view(), Table(one).view());
    EXPECT_NE(one.view(), other.view());
    EXPECT_EQ(one.view().find("a"), other.view().find("a"));
}

TEST(Table, encodes_each_kind_of_value_with_the_type_that_all_peers_know) {
    const auto encoded = [](const auto& value) {
        return golden::to_hex(Table().set("n", value).view().encoded()).substr(4);
    };

    EXPECT_EQ(encoded(true), "7401");
    EXPECT_EQ(encoded(-1), "49ffffffff");
    EXPECT_EQ(encoded(std::uint8_t{7}), "4900000007");
    EXPECT_EQ(encoded(std::int64_t{1} << 31), "4c0000000080000000");
    EXPECT_EQ(encoded(std::numeric_limits<std::int32_t>::min()), "4980000000");
    EXPECT_EQ(encoded(std::numeric_limits<std::int64_t>::min()), "4c8000000000000000");
    EXPECT_EQ(encoded("text"), "530000000474657874");
    EXPECT_EQ(encoded("text"s), "530000000474657874");
    EXPECT_EQ(encoded(std::string_view()), "5300000000");
    EXPECT_EQ(encoded(as_bytes("ab")), "78000000026162");
    EXPECT_EQ(encoded(Table().set("t", true)), "460000000401747401");
    EXPECT_EQ(encoded(Array().add(nullptr).add("a")),
              "41000000075653"
              "0000000161");
    EXPECT_EQ(encoded(Timestamp{1700000000}), "54000000006553f100");
    EXPECT_EQ(encoded(nullptr), "56");
}

TEST(Table, refuses_an_unsigned_integer_that_no_type_can_carry_and_stays_as_it_was) {
    Table table;
    table.set("n", 1);
    const Table before = table;

    EXPECT_THROW(table.set("n", std::uint64_t{1} << 63), std::out_of_range);

    EXPECT_EQ(table.view(), before.view());
}

TEST(Table, refuses_a_name_of_more_than_255_bytes_and_stays_as_it_was) {
    Table table;

    EXPECT_THROW(table.set(std::string(256, 'n'), 1), std::length_error);

    EXPECT_TRUE(table.empty());
}

TEST(Table, replaces_a_field_of_the_same_name) {
    Table table;
    table.set("a", 1).set("b", "two").set("c", 3);

    table.set("a", "one").set("c", 4);

    EXPECT_EQ(table.view(), Table().set("b", "two").set("a", "one").set("c", 4).view());
}

TEST(Table, what_was_built_is_a_table_that_parses) {
    const Table table = Table()
                            .set("list", Array().add(1).add(Table().set("x", nullptr)))
                            .set("time", Timestamp{1})
                            .set("bytes", as_bytes("\x00\x01"s));

    EXPECT_EQ(TableView::parse(table.view().encoded()), table.view());
}

TEST(Table, copies_are_independent) {
    Table original = Table().set("a", 1);

    Table copy = original;
    copy.set("b", 2);

    EXPECT_FALSE(original.view().find("b"));
    EXPECT_TRUE(copy.view().find("a"));
}

}  // namespace
}  // namespace eventail::wire
