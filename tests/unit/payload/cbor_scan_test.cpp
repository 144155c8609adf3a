// The check of CBOR from outside: the recorded verdicts, and further refusals.
#include "payload/cbor_scan.hpp"

#include "payload/payload_codec.hpp"
#include "payload_hex.hpp"
#include <eventail/json.hpp>

#include <gtest/gtest.h>

#include <fstream>

namespace {

using eventail::Errc;
using eventail::json;
using eventail::Payload;
using eventail::PayloadLimits;
using eventail::test::code_of;
using eventail::test::hex;
using eventail::test::unhex;

json vectors(const char* part) {
    std::ifstream file(std::string(EVENTAIL_VECTORS_DIR) + "/cbor.json");
    const json all = json::parse(file);
    EXPECT_FALSE(all.at(part).empty());
    return all.at(part);
}

Payload decoded(const std::string& bytes, const PayloadLimits& limits = {}) {
    return Payload::from_cbor(unhex(bytes), limits);
}

std::string shown(const std::string& bytes) { return decoded(bytes).dump(); }

eventail::payload::cbor::Scan scanned(const std::string& bytes) {
    return eventail::payload::cbor::scan(unhex(bytes), 64);
}

TEST(CborScan, what_python_peers_encode_is_read_in_place) {
    for (const json& vector : vectors("model")) {
        const std::string bytes = vector.at("cbor");

        const Payload payload = decoded(bytes);

        EXPECT_EQ(payload.json(), vector.at("json")) << vector.at("name");
        EXPECT_EQ(hex(payload.bytes()), bytes) << vector.at("name");
        EXPECT_EQ(payload.cbor().data(), payload.bytes().data()) << vector.at("name");
    }
}

TEST(CborScan, content_is_encoded_as_python_peers_encode_it) {
    std::ifstream file(std::string(EVENTAIL_VECTORS_DIR) + "/cbor.json");
    const auto all = nlohmann::ordered_json::parse(file);
    for (const auto& vector : all.at("model")) {
        const Payload payload(vector.at("json"));

        EXPECT_EQ(hex(payload.bytes()), vector.at("cbor").get<std::string>()) << vector.at("name");
    }
}

TEST(CborScan, every_recorded_verdict_is_kept) {
    for (const json& vector : vectors("outside")) {
        const auto accepted = [&] { return decoded(vector.at("cbor")); };

        if (vector.at("verdict") == "accept") {
            EXPECT_EQ(code_of(accepted), std::error_code()) << vector.at("name");
        } else {
            EXPECT_TRUE(code_of(accepted) == Errc::invalid_payload ||
                        code_of(accepted) == Errc::too_deep)
                << vector.at("name");
        }
    }
}

TEST(CborScan, every_recorded_value_outside_the_model_is_read) {
    std::size_t compared = 0;
    for (const json& vector : vectors("outside")) {
        if (!vector.contains("value")) continue;
        const json expected = json::parse(vector.at("value").get<std::string>(), nullptr, false);
        if (expected.is_discarded()) continue;

        EXPECT_EQ(decoded(vector.at("cbor")).json(), expected) << vector.at("name");
        ++compared;
    }
    EXPECT_GE(compared, 12U);
    EXPECT_EQ(shown("f97e00"), "NaN");
    EXPECT_EQ(shown("f97c00"), "Infinity");
    EXPECT_EQ(shown("f9fc00"), "-Infinity");
    EXPECT_EQ(shown("420001"), "h'0001'");
    EXPECT_EQ(shown("d8255000000000000000000000000000000001"),
              "h'00000000000000000000000000000001'");
}

TEST(CborScan, the_depth_limit_is_that_many_lists_within_each_other) {
    const auto nested = [](std::size_t depth) {
        std::string bytes;
        for (std::size_t i = 1; i < depth; ++i) bytes += "81";
        return bytes + "80";
    };

    EXPECT_NO_THROW(static_cast<void>(decoded(nested(64))));
    EXPECT_EQ(code_of([&] { return decoded(nested(65)); }), Errc::too_deep);
    EXPECT_EQ(code_of([&] { return decoded(nested(60000)); }), Errc::too_deep);
    EXPECT_NO_THROW(static_cast<void>(decoded(nested(1024), {.max_depth = 1024})));
    EXPECT_EQ(code_of([&] { return decoded(nested(1025), {.max_depth = 1U << 30U}); }),
              Errc::too_deep);
}

TEST(CborScan, siblings_do_not_add_up_to_depth) {
    std::string bytes = "9864";
    for (int i = 0; i < 100; ++i) bytes += "8100";

    EXPECT_EQ(decoded(bytes).size(), 100U);
}

TEST(CborScan, the_size_limit_is_kept_to_the_byte) {
    EXPECT_NO_THROW(static_cast<void>(decoded("43010203", {.max_bytes = 4})));
    EXPECT_EQ(code_of([] { return decoded("43010203", {.max_bytes = 3}); }),
              Errc::payload_too_large);
}

TEST(CborScan, an_error_names_offset_and_reason) {
    try {
        static_cast<void>(decoded("a2616101616262c328"));
        FAIL();
    } catch (const eventail::Error& error) {
        EXPECT_STREQ(error.what(), "undecodable payload at byte 6: text that is not UTF-8");
    }
}

TEST(CborScan, malformed_items_are_refused) {
    for (const char* const bytes : {"18",
                                    "19ff",
                                    "1a000000",
                                    "1b00000000000000",
                                    "1d",
                                    "1e",
                                    "1f",
                                    "3f",
                                    "df",
                                    "dc00",
                                    "41",
                                    "5b7fffffffffffffff",
                                    "61",
                                    "81",
                                    "8200",
                                    "9f",
                                    "9f00",
                                    "bf",
                                    "bf6161",
                                    "a1",
                                    "bf6161ff",
                                    "9bffffffffffffffff",
                                    "bbffffffffffffffff",
                                    "bb8000000000000000",
                                    "5f",
                                    "5f41",
                                    "5f6161ff",
                                    "5f00ff",
                                    "5f5fffff",
                                    "7f4161ff",
                                    "7f61c3ff",
                                    "7f61c361a9ff",
                                    "c0",
                                    "9fc0ff",
                                    "bfc0ff",
                                    "81ff",
                                    "a1ff00",
                                    "a161ff",
                                    "f8",
                                    "f800",
                                    "f817",
                                    "f818",
                                    "f820",
                                    "e0",
                                    "f3",
                                    "fc",
                                    "fe",
                                    "f93c",
                                    "fa3f80",
                                    "fb",
                                    "0000",
                                    "c200",
                                    "c26161",
                                    "c2c24101",
                                    "c2c04101",
                                    "c2f6",
                                    "c281",
                                    "c25f00ff",
                                    "a1c2616100",
                                    "a1f600",
                                    "a1416100",
                                    "a1806100",
                                    "bf0000ff"}) {
        EXPECT_EQ(code_of([bytes] { return decoded(bytes); }), Errc::invalid_payload) << bytes;
    }
}

TEST(CborScan, integers_reach_from_int64_min_to_uint64_max) {
    EXPECT_EQ(shown("3b7fffffffffffffff"), "-9223372036854775808");
    EXPECT_EQ(shown("1bffffffffffffffff"), "18446744073709551615");
    EXPECT_EQ(code_of([] { return decoded("3b8000000000000000"); }), Errc::invalid_payload);
}

TEST(CborScan, bignums_that_fit_become_integers) {
    EXPECT_EQ(shown("c240"), "0");
    EXPECT_EQ(shown("c340"), "-1");
    EXPECT_EQ(shown("c24a0000ffffffffffffffff"), "18446744073709551615");
    EXPECT_EQ(shown("c3487fffffffffffffff"), "-9223372036854775808");
    EXPECT_EQ(shown("c25f41014102ff"), "258");
    EXPECT_EQ(shown("82c0c2410ac24101"), "[10,1]");
    EXPECT_EQ(code_of([] { return decoded("c3488000000000000000"); }), Errc::invalid_payload);
    EXPECT_EQ(code_of([] { return decoded("c25f4401000000450000000000ff"); }),
              Errc::invalid_payload);
}

TEST(CborScan, half_and_single_floats_keep_their_value) {
    EXPECT_EQ(shown("f90001"), "5.960464477539063e-08");
    EXPECT_EQ(shown("f903ff"), "6.097555160522461e-05");
    EXPECT_EQ(shown("f90400"), "6.103515625e-05");
    EXPECT_EQ(shown("f97bff"), "65504.0");
    EXPECT_EQ(shown("f98000"), "-0.0");
    EXPECT_EQ(shown("fa42c80000"), "100.0");
    EXPECT_EQ(shown("fac0200000"), "-2.5");
}

TEST(CborScan, only_plain_content_is_read_in_place) {
    for (const char* const bytes : {"a2616101616202", "fb3ff8000000000000", "190001", "f93e00",
                                    "82a1616101a1616102", "a16161a1616101"}) {
        EXPECT_TRUE(scanned(bytes).plain) << bytes;
    }
    for (const char* const bytes :
         {"c001", "9fff", "bfff", "5fff", "7fff", "a2616101616102", "a1616182a2616101616102f6"}) {
        EXPECT_EQ(scanned(bytes).refusal, nullptr) << bytes;
        EXPECT_FALSE(scanned(bytes).plain) << bytes;
    }
}

}  // namespace
