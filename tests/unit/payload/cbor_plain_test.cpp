// Content that cannot be read in place is rewritten as plain CBOR, beside the original bytes.
#include "payload_hex.hpp"
#include <eventail/payload.hpp>

#include <gtest/gtest.h>

#include <map>

namespace {

using eventail::Payload;
using eventail::Value;
using eventail::test::hex;
using eventail::test::unhex;

std::string plain(const std::string& bytes) {
    const Payload payload = Payload::from_cbor(unhex(bytes));
    EXPECT_EQ(hex(payload.bytes()), bytes);
    return hex(payload.cbor());
}

TEST(CborPlain, tags_are_dropped_everywhere) {
    EXPECT_EQ(plain("c001"), "01");
    EXPECT_EQ(plain("d9d9f7a1c06161d82082c001c0c0f6"), "a161618201f6");
}

TEST(CborPlain, indefinite_lengths_become_definite) {
    EXPECT_EQ(plain("9fff"), "80");
    EXPECT_EQ(plain("bfff"), "a0");
    EXPECT_EQ(plain("9f019f02ff83030405ff"), "8301810283030405");
    EXPECT_EQ(plain("bf6161bf61629f01ffffff"), "a16161a161628101");
}

TEST(CborPlain, chunks_are_joined) {
    EXPECT_EQ(plain("7fff"), "60");
    EXPECT_EQ(plain("7f61616060626263ff"), "63616263");
    EXPECT_EQ(plain("5f41004102ff"), "420002");
    EXPECT_EQ(plain("bf7f61616162ff01ff"), "a162616201");
}

TEST(CborPlain, long_indefinite_containers_get_a_longer_head) {
    const auto list_of = [](std::size_t size) {
        std::string items;
        for (std::size_t i = 0; i < size; ++i) items += "05";
        return items;
    };

    EXPECT_EQ(plain("9f" + list_of(23) + "ff"), "97" + list_of(23));
    EXPECT_EQ(plain("9f" + list_of(24) + "ff"), "9818" + list_of(24));
    EXPECT_EQ(plain("819f" + list_of(256) + "ff"), "81990100" + list_of(256));
    EXPECT_EQ(plain("9f9f" + list_of(65536) + "ff07ff"), "829a00010000" + list_of(65536) + "07");
}

TEST(CborPlain, of_duplicate_keys_the_last_one_counts) {
    EXPECT_EQ(plain("a2616101616102"), "a1616102");
    EXPECT_EQ(plain("a4616101616202616103616304"), "a3616202616103616304");
    EXPECT_EQ(plain("a3616101616102616103"), "a1616103");
    EXPECT_EQ(plain("a26161a2616201616202616103"), "a1616103");
    EXPECT_EQ(plain("a26161016161a2616201616202"), "a16161a1616202");
    EXPECT_EQ(plain("a2616101c0616102"), "a1616102");
    EXPECT_EQ(plain("a26161017f6161ff02"), "a1616102");
}

TEST(CborPlain, a_map_with_many_keys_loses_none) {
    std::map<std::string, int> numbers;
    for (int i = 0; i < 1000; ++i) numbers["a rather long key, number " + std::to_string(i)] = i;
    const Payload written(numbers);

    const Payload read = Payload::from_cbor(written.bytes());

    EXPECT_EQ(hex(read.cbor()), hex(written.cbor()));
    EXPECT_EQ((read.get<std::map<std::string, int>>()), numbers);
}

TEST(CborPlain, keys_that_differ_in_the_middle_are_not_duplicates) {
    const Payload written{{"temperature_sensor_1_in_celsius", 1},
                          {"temperature_sensor_2_in_celsius", 2}};

    const Payload read = Payload::from_cbor(written.bytes());

    EXPECT_EQ(read.size(), 2U);
    EXPECT_EQ(read.cbor().data(), read.bytes().data());
}

TEST(CborPlain, content_as_deep_as_any_limit_allows_is_rewritten_and_read) {
    std::string bytes = "c0";
    std::string text;
    for (int i = 0; i < 1023; ++i) bytes += "81";
    for (int i = 0; i < 1024; ++i) text += '[';
    for (int i = 0; i < 1024; ++i) text += ']';

    const Payload payload = Payload::from_cbor(unhex(bytes + "80"), {.max_depth = 1024});

    EXPECT_EQ(payload.dump(), text);
}

TEST(CborPlain, a_duplicate_beyond_many_other_keys_is_found) {
    const auto entry = [](int number, const char* value) {
        const std::string digits = std::to_string(1000 + number);
        return "64" + hex(std::as_bytes(std::span(digits))) + value;
    };
    std::string bytes = "b9012d";
    for (int i = 0; i < 300; ++i) bytes += entry(i, "01");

    const Payload payload = Payload::from_cbor(unhex(bytes + entry(299, "02")));

    EXPECT_EQ(payload.size(), 300U);
    EXPECT_EQ(payload["1299"].get<int>(), 2);
    EXPECT_EQ(payload["1298"].get<int>(), 1);
}

}  // namespace
