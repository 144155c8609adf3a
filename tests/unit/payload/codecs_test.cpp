// The ready-made codecs, each in the form that its header promises; and whole floats as integers.
#include <eventail/codecs/chrono.hpp>
#include <eventail/codecs/path.hpp>
#include <eventail/codecs/tagged.hpp>
#include <eventail/codecs/uuid.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

namespace codecs_test {

struct Card {
    std::string number = {};
    bool operator==(const Card&) const = default;
};
BOOST_DESCRIBE_STRUCT(Card, (), (number))

struct Transfer {
    std::string iban = {};
    int days = 0;
    bool operator==(const Transfer&) const = default;
};
BOOST_DESCRIBE_STRUCT(Transfer, (), (iban, days))

struct Odd {
    int value = 0;
};

}  // namespace codecs_test

template <>
inline constexpr std::string_view eventail::tag<codecs_test::Card> = "card";
template <>
inline constexpr std::string_view eventail::tag<codecs_test::Transfer> = "transfer";
template <>
inline constexpr bool eventail::is_strict<codecs_test::Transfer> = true;

template <>
struct eventail::Codec<codecs_test::Odd> {
    static codecs_test::Odd decode(PayloadView view) {
        const int value = view.get<int>();
        if (value % 2 == 0) throw std::invalid_argument(std::to_string(value) + " is even");
        return {value};
    }
};

namespace codecs_test {
namespace {

using namespace std::chrono_literals;
using eventail::Error;
using eventail::Payload;
using eventail::UnixTime;
using eventail::Uuid;
using eventail::Value;
using std::chrono::sys_days;
using std::chrono::sys_time;

using Milliseconds = sys_time<std::chrono::milliseconds>;

constexpr Milliseconds evening = sys_days{2026y / 11 / 30} + 22h + 25min + 46s + 250ms;

template <class T>
std::string refusal(const Payload& payload) {
    try {
        static_cast<void>(payload["at"].get<T>());
        return "fits";
    } catch (const Error& error) {
        return error.what();
    }
}

template <class T>
T read(const Payload& payload) {
    return payload["at"].get<T>();
}

TEST(Codecs, a_point_in_time_is_text_by_rfc_3339) {
    EXPECT_EQ(Payload(evening).dump(), R"("2026-11-30T22:25:46.250Z")");
    EXPECT_EQ(Payload(std::chrono::floor<std::chrono::seconds>(evening)).dump(),
              R"("2026-11-30T22:25:46Z")");
    EXPECT_EQ(Payload(sys_days{1969y / 12 / 31}).dump(), R"("1969-12-31T00:00:00Z")");
    EXPECT_EQ(Payload(Milliseconds(-1ms)).dump(), R"("1969-12-31T23:59:59.999Z")");
    EXPECT_EQ(read<Milliseconds>({{"at", evening}}), evening);
}

TEST(Codecs, a_point_in_time_is_read_with_any_offset_and_precision) {
    EXPECT_EQ(read<Milliseconds>({{"at", "2026-11-30T23:25:46.25+01:00"}}), evening);
    EXPECT_EQ(read<Milliseconds>({{"at", "2026-11-30t20:25:46.250999999999-02:00"}}), evening);
    EXPECT_EQ(read<sys_days>({{"at", "2026-11-30 22:25:46Z"}}), sys_days{2026y / 11 / 30});
    EXPECT_EQ(read<Milliseconds>({{"at", "1969-12-31T23:59:59.999Z"}}), Milliseconds(-1ms));
}

TEST(Codecs, what_is_not_a_point_in_time_is_refused_with_its_path) {
    const auto refused = [](const char* text) { return refusal<Milliseconds>({{"at", text}}); };

    EXPECT_EQ(refused("tomorrow"),
              R"(at: expected a point in time by RFC 3339, got text "tomorrow")");
    for (const char* text :
         {"2026-11-30T22:25:46", "2026-02-30T00:00:00Z", "2026-11-30T24:00:00Z", "2026-11-30",
          "2026-11-30T22:25:46.Z", "2026-11-30T22:25:46+1:00", "2026-11-30T22:25:46Zulu", ""}) {
        EXPECT_NE(refused(text), "fits") << text;
    }
    using Nanoseconds = sys_time<std::chrono::nanoseconds>;
    EXPECT_EQ(refusal<Nanoseconds>({{"at", "9999-01-01T00:00:00Z"}}),
              "at: a point in time that its type cannot hold");
    EXPECT_THROW(Payload(sys_days{10000y / 1 / 1}), Error);
}

TEST(Codecs, unix_time_is_the_seconds_as_a_number) {
    EXPECT_EQ(Payload(UnixTime(std::chrono::floor<std::chrono::seconds>(evening))).dump(),
              "1796077546");
    EXPECT_EQ(Payload(UnixTime(evening)).dump(), "1796077546.25");
    EXPECT_EQ(read<UnixTime<std::chrono::milliseconds>>({{"at", 1796077546.25}}).time, evening);
    EXPECT_EQ(read<UnixTime<std::chrono::milliseconds>>({{"at", 1796077546}}).time,
              evening - 250ms);
    EXPECT_EQ(read<UnixTime<>>({{"at", 1796077546.0}}).time, evening - 250ms);
}

TEST(Codecs, a_duration_is_seconds) {
    EXPECT_EQ(Payload(90s).dump(), "90");
    EXPECT_EQ(Payload(2min).dump(), "120");
    EXPECT_EQ(Payload(250ms).dump(), "0.25");
    EXPECT_EQ(read<std::chrono::minutes>({{"at", 120}}), 2min);
    EXPECT_EQ(read<std::chrono::milliseconds>({{"at", 0.25}}), 250ms);
    EXPECT_EQ(read<std::chrono::milliseconds>({{"at", 3}}), 3s);
    EXPECT_EQ(read<std::chrono::duration<double>>({{"at", 0.5}}).count(), 0.5);
}

TEST(Codecs, a_duration_that_its_type_cannot_hold_is_refused_with_its_path) {
    EXPECT_EQ(refusal<std::chrono::nanoseconds>({{"at", 1e300}}),
              "at: 1e+300 seconds do not fit its duration");
    EXPECT_NE(refusal<std::chrono::nanoseconds>({{"at", std::nan("")}}), "fits");
    EXPECT_NE(refusal<std::chrono::seconds>({{"at", std::numeric_limits<std::uint64_t>::max()}}),
              "fits");
    EXPECT_EQ(refusal<std::chrono::seconds>({{"at", "1s"}}),
              R"(at: expected a number, got text "1s")");
}

TEST(Codecs, a_path_is_text) {
    const std::filesystem::path path = "/srv/ä b";

    EXPECT_EQ(Payload(path).dump(), R"("/srv/ä b")");
    EXPECT_EQ(read<std::filesystem::path>({{"at", path}}), path);
    EXPECT_THROW(Payload(std::filesystem::path("\xff")), Error);
    EXPECT_EQ(refusal<std::filesystem::path>({{"at", 1}}), "at: expected text, got the integer 1");
}

TEST(Codecs, a_uuid_is_text_of_36_characters) {
    constexpr const char* text = "123e4567-e89b-12d3-a456-426614174000";
    const Uuid uuid = Uuid::from_text(text).value();

    EXPECT_EQ(uuid.bytes[1], std::byte{0x3e});
    EXPECT_EQ(Payload(uuid).dump(), '"' + std::string(text) + '"');
    EXPECT_EQ(read<Uuid>({{"at", "123E4567-E89B-12D3-A456-426614174000"}}), uuid);
    for (const char* wrong :
         {"", "123e4567e89b12d3a456426614174000", "123e4567-e89b-12d3-a456-42661417400g",
          "123e4567-e89b-12d3-a456+426614174000"}) {
        EXPECT_FALSE(Uuid::from_text(wrong).has_value()) << wrong;
    }
    EXPECT_EQ(refusal<Uuid>({{"at", "x"}}), R"(at: expected a UUID, got text "x")");
}

using Payment = eventail::Tagged<Card, Transfer>;

TEST(Codecs, a_tagged_variant_is_a_map_that_begins_with_its_tag) {
    const Payment card = Card{"42"};
    const eventail::TaggedBy<"by", Card, Transfer> transfer = Transfer{"DE1", 2};

    EXPECT_EQ(Payload(card).dump(), R"({"type":"card","number":"42"})");
    EXPECT_EQ(Payload(transfer).dump(), R"({"by":"transfer","iban":"DE1","days":2})");
}

TEST(Codecs, a_tagged_variant_is_read_wherever_its_tag_stands) {
    EXPECT_EQ(std::get<Card>(read<Payment>({{"at", {{"number", "42"}, {"type", "card"}}}})),
              Card{"42"});
    EXPECT_EQ(std::get<Transfer>(
                  read<Payment>({{"at", {{"type", "transfer"}, {"iban", "DE1"}, {"days", 2}}}})),
              (Transfer{"DE1", 2}));
    const Payload list = Payload(
        Value::list({{{"type", "card"}, {"number", "1"}}, {{"type", "card"}, {"number", "2"}}}));
    EXPECT_EQ(std::get<Card>(list.get<std::vector<Payment>>().at(1)), Card{"2"});
}

TEST(Codecs, a_tagged_variant_of_no_alternative_is_refused_with_its_path) {
    EXPECT_EQ(refusal<Payment>({{"at", {{"type", "cash"}}}}),
              R"(at.type: expected one of "card", "transfer", got text "cash")");
    EXPECT_EQ(refusal<Payment>({{"at", {{"number", "42"}}}}), "at.type: missing");
    EXPECT_EQ(refusal<Payment>({{"at", 1}}), "at: expected a map, got the integer 1");
    EXPECT_EQ(refusal<Payment>({{"at", {{"type", "card"}}}}), "at.number: missing");
    EXPECT_EQ(
        refusal<Payment>({{"at", {{"type", "transfer"}, {"iban", "DE1"}, {"days", 2}, {"x", 1}}}}),
        "at.x: unknown");
}

TEST(Codecs, an_exception_of_a_codec_becomes_an_error_with_the_path) {
    EXPECT_EQ(refusal<Odd>({{"at", 2}}), "at: 2 is even");
    EXPECT_EQ(refusal<Odd>({{"at", "x"}}), R"(at: expected an integer, got text "x")");
    EXPECT_EQ(refusal<std::vector<Odd>>({{"at", Value::list({1, 3, 4})}}), "at[2]: 4 is even");
}

TEST(WholeFloats, are_read_as_integers_where_they_are_exact) {
    EXPECT_EQ(read<std::int64_t>({{"at", 1764532143123.0}}), 1764532143123);
    EXPECT_EQ(read<int>(Payload::from_json(R"({"at":3.0})")), 3);
    EXPECT_EQ(read<unsigned>(Payload::from_json(R"({"at":1e3})")), 1000U);
    EXPECT_EQ(read<int>({{"at", -2.0F}}), -2);
    EXPECT_EQ(read<int>({{"at", -0.0}}), 0);
    EXPECT_EQ(read<std::int64_t>({{"at", -9223372036854775808.0}}),
              std::numeric_limits<std::int64_t>::min());
    EXPECT_EQ(read<std::uint64_t>({{"at", 18446744073709549568.0}}), 18446744073709549568U);
    EXPECT_EQ((std::get<int>(read<std::variant<std::string, int>>({{"at", 3.0}}))), 3);
}

TEST(WholeFloats, other_floats_are_not) {
    EXPECT_EQ(refusal<int>({{"at", 1.5}}), "at: expected an integer, got the float 1.5");
    EXPECT_NE(refusal<int>({{"at", std::nan("")}}), "fits");
    EXPECT_NE(refusal<std::uint64_t>({{"at", 18446744073709551616.0}}), "fits");
    EXPECT_NE(refusal<std::int64_t>({{"at", 9223372036854775808.0}}), "fits");
    EXPECT_NE(refusal<std::int64_t>({{"at", -1e300}}), "fits");
    EXPECT_NE(refusal<std::uint64_t>({{"at", std::numeric_limits<double>::infinity()}}), "fits");
    EXPECT_NE(refusal<std::int8_t>({{"at", 128.0}}), "fits");
    EXPECT_NE(refusal<unsigned>({{"at", -1.0}}), "fits");
}

TEST(NumbersOfPython, that_are_not_json_are_refused_by_name) {
    const auto refused = [](const char* text) -> std::string {
        try {
            static_cast<void>(Payload::from_json(text));
            return "fits";
        } catch (const Error& error) {
            return error.what();
        }
    };

    EXPECT_NE(refused(R"({"x": NaN})").find("NaN, which JSON cannot hold"), std::string::npos)
        << refused(R"({"x": NaN})");
    EXPECT_NE(refused("[Infinity]").find("Infinity, which"), std::string::npos);
    EXPECT_NE(refused(R"({"x": -Infinity})").find("-Infinity, which"), std::string::npos)
        << refused(R"({"x": -Infinity})");
    EXPECT_EQ(refused(R"({"x": Nothing})").find("JSON cannot hold"), std::string::npos);
}

}  // namespace
}  // namespace codecs_test
