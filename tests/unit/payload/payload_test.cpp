// Reading a payload: with nlohmann::json's names, in place, with errors that help.
#include "payload/payload_codec.hpp"
#include "payload_hex.hpp"
#include <eventail/payload.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

namespace {

using eventail::Errc;
using eventail::Payload;
using eventail::PayloadView;
using eventail::Value;
using eventail::test::code_of;
using eventail::test::hex;
using eventail::test::unhex;

template <class P>
concept gives_a_value = requires(P&& payload) {
    std::forward<P>(payload)["key"];
};
template <class P>
concept gives_at = requires(P&& payload) {
    std::forward<P>(payload).at("key");
};
template <class P>
concept gives_items = requires(P&& payload) {
    std::forward<P>(payload).entries();
};
template <class P>
concept gives_bytes = requires(P&& payload) {
    std::forward<P>(payload).bytes();
};
template <class P, class T>
concept gives = requires(P&& payload) {
    std::forward<P>(payload).template get<T>();
};

static_assert(gives_a_value<const Payload&> && !gives_a_value<Payload>);
static_assert(gives_at<const Payload&> && !gives_at<Payload>);
static_assert(gives_items<const Payload&> && !gives_items<Payload>);
static_assert(gives_bytes<const Payload&> && !gives_bytes<Payload>);
static_assert(gives<const Payload&, std::string_view> && !gives<Payload, std::string_view>);
static_assert(!gives<Payload, std::span<const std::byte>>);
static_assert(!gives<Payload, std::vector<std::string_view>>);
static_assert(!gives<Payload, std::optional<std::string_view>>);
static_assert(gives<Payload, std::string> && gives<Payload, std::vector<int>>);
static_assert(!std::is_convertible_v<Payload, PayloadView>);
static_assert(std::is_convertible_v<const Payload&, PayloadView>);

std::string message_of(auto call) {
    try {
        static_cast<void>(call());
    } catch (const eventail::Error& error) {
        return error.what();
    }
    return "no error";
}

TEST(Payload, is_read_by_key_and_index) {
    const Payload payload{{"caller", {{"name", "ping"}}}, {"list", Value::list({1, "x", {}})}};

    EXPECT_EQ(payload["caller"]["name"].get<std::string>(), "ping");
    EXPECT_EQ(payload.at("list").at(1).get<std::string>(), "x");
    EXPECT_EQ(payload["list"][0].get<int>(), 1);
    EXPECT_TRUE(payload["list"][2].is_map());
}

TEST(Payload, text_and_binary_are_read_without_a_copy) {
    const Payload payload{{"text", "hello"}, {"bytes", std::vector<std::byte>(5)}};

    const auto text = payload["text"].get<std::string_view>();
    const auto bytes = payload["bytes"].get<std::span<const std::byte>>();

    const auto all = payload.cbor();
    EXPECT_EQ(text, "hello");
    EXPECT_EQ(bytes.size(), 5U);
    EXPECT_GE(reinterpret_cast<const std::byte*>(text.data()), all.data());
    EXPECT_LE(bytes.data() + bytes.size(), all.data() + all.size());
}

TEST(Payload, views_stay_valid_as_long_as_any_copy_lives) {
    std::string_view text;
    Payload copy;
    {
        const Payload payload("a text that is longer than small buffers are");
        text = payload.get<std::string_view>();
        copy = payload;
    }

    EXPECT_EQ(text, "a text that is longer than small buffers are");
}

TEST(Payload, text_in_chunks_is_read_in_one_piece) {
    const Payload payload = Payload::from_cbor(unhex("7f61616162ff"));

    EXPECT_EQ(payload.get<std::string_view>(), "ab");
}

TEST(Payload, each_type_is_told_apart) {
    const Payload payload =
        Payload::from_cbor(unhex("8bf6f40129f93e00fa3f800000fb3ff800000000000041006161"
                                 "80a0"));
    std::string types;
    for (const PayloadView item : payload) {
        types += item.is_null()               ? 'n'
                 : item.is_boolean()          ? 'b'
                 : item.is_unsigned_integer() ? 'u'
                 : item.is_integer()          ? 'i'
                 : item.is_float()            ? 'f'
                 : item.is_binary()           ? 'h'
                 : item.is_text()             ? 's'
                 : item.is_list()             ? 'l'
                 : item.is_map()              ? 'm'
                                              : '?';
    }

    EXPECT_EQ(types, "nbuifffhslm");
    EXPECT_TRUE(payload.is_list());
    EXPECT_TRUE(payload[2].is_integer());
    EXPECT_TRUE(payload[4].is_number());
    EXPECT_FALSE(payload[1].is_number());
}

TEST(Payload, numbers_are_range_checked) {
    const Payload payload = Payload(Value::list({255, -129, 18446744073709551615U, -1, 3.0}));

    EXPECT_EQ(payload[0].get<std::uint8_t>(), 255);
    EXPECT_EQ(code_of([&] { return payload[0].get<std::int8_t>(); }), Errc::out_of_range);
    EXPECT_EQ(code_of([&] { return payload[1].get<std::int8_t>(); }), Errc::out_of_range);
    EXPECT_EQ(payload[1].get<std::int16_t>(), -129);
    EXPECT_EQ(payload[2].get<std::uint64_t>(), 18446744073709551615U);
    EXPECT_EQ(code_of([&] { return payload[2].get<std::int64_t>(); }), Errc::out_of_range);
    EXPECT_EQ(code_of([&] { return payload[3].get<unsigned>(); }), Errc::out_of_range);
    EXPECT_EQ(payload[4].get<int>(), 3);
}

TEST(Payload, floats_are_read_from_any_number) {
    const Payload payload = Payload::from_cbor(unhex("85f93e00fa3fc00000fb3ff80000000000000729"));

    EXPECT_EQ(payload.get<std::vector<double>>(), (std::vector<double>{1.5, 1.5, 1.5, 7, -10}));
    EXPECT_EQ(payload[0].get<float>(), 1.5F);
    EXPECT_TRUE(std::isnan(Payload::from_cbor(unhex("f97e00")).get<double>()));
    EXPECT_EQ(Payload(std::numeric_limits<std::int64_t>::min()).get<double>(), -0x1p63);
}

TEST(Payload, containers_are_read_whole) {
    const Payload payload{{"list", std::vector<int>{1, 2}},
                          {"map", {{"a", "x"}, {"b", "y"}}},
                          {"none", nullptr},
                          {"bytes", std::vector<std::byte>{std::byte{7}}}};

    EXPECT_EQ(payload["list"].get<std::vector<int>>(), (std::vector<int>{1, 2}));
    EXPECT_EQ((payload["map"].get<std::map<std::string, std::string>>()),
              (std::map<std::string, std::string>{{"a", "x"}, {"b", "y"}}));
    EXPECT_EQ((payload["map"].get<std::unordered_map<std::string, std::string>>().at("b")), "y");
    EXPECT_EQ(payload["none"].get<std::optional<int>>(), std::nullopt);
    EXPECT_EQ(payload["list"][1].get<std::optional<int>>(), 2);
    EXPECT_EQ(payload["bytes"].get<std::vector<std::byte>>(), std::vector{std::byte{7}});
    EXPECT_EQ(payload["map"].get<Payload>().dump(), R"({"a":"x","b":"y"})");
}

TEST(Payload, pairs_tuples_and_arrays_are_lists_of_their_size) {
    const Payload payload{{"pair", std::pair("a", 1)},
                          {"tuple", std::tuple(1, "b", 0.5)},
                          {"array", std::array<int, 2>{1, 2}},
                          {"bytes", std::array<std::byte, 2>{std::byte{1}, std::byte{2}}}};

    EXPECT_EQ(payload.dump(),
              R"({"pair":["a",1],"tuple":[1,"b",0.5],"array":[1,2],"bytes":h'0102'})");
    EXPECT_EQ((payload["pair"].get<std::pair<std::string, int>>()), std::pair(std::string("a"), 1));
    EXPECT_EQ((payload["tuple"].get<std::tuple<int, std::string, double>>()),
              std::tuple(1, std::string("b"), 0.5));
    EXPECT_EQ((payload["array"].get<std::array<int, 2>>()), (std::array{1, 2}));
    EXPECT_EQ((payload["bytes"].get<std::array<std::byte, 2>>()[1]), std::byte{2});
    EXPECT_EQ(message_of([&] { return payload["array"].get<std::array<int, 3>>(); }),
              "array: expected a list of 3, got a list of 2");
    EXPECT_EQ(message_of([&] { return payload["pair"].get<std::pair<int, int>>(); }),
              R"(pair[0]: expected an integer, got text "a")");
    EXPECT_EQ(message_of([&] { return payload["bytes"].get<std::array<std::byte, 3>>(); }),
              "bytes: expected binary of 3 bytes, got binary of 2 bytes");
}

TEST(Payload, sets_are_lists_too) {
    const Payload payload(std::set<std::string>{"b", "a"});

    EXPECT_EQ(payload.dump(), R"(["a","b"])");
    EXPECT_EQ(payload.get<std::set<std::string>>(), (std::set<std::string>{"a", "b"}));
}

TEST(Payload, a_view_of_nothing_is_null) {
    const PayloadView view;

    EXPECT_TRUE(view.is_null());
    EXPECT_EQ(message_of([&] { return view.get<int>(); }),
              "payload: expected an integer, got null");
}

TEST(Payload, a_missing_key_is_named) {
    const Payload payload{{"caller", {{"name", "ping"}}}};

    EXPECT_EQ(code_of([&] { return payload["message"]; }), Errc::missing_key);
    EXPECT_EQ(message_of([&] { return payload["caller"]["id"]; }), "caller.id: missing");
    EXPECT_EQ(message_of([&] { return payload["x\x1b"]; }), R"(["x\u001b"]: missing)");
}

TEST(Payload, a_mismatch_names_path_expected_and_found) {
    const Payload payload{{"message", 42}, {"list", Value::list({true})}};

    EXPECT_EQ(code_of([&] { return payload["message"].get<std::string>(); }), Errc::type_mismatch);
    EXPECT_EQ(message_of([&] { return payload["message"].get<std::string>(); }),
              "message: expected text, got the integer 42");
    EXPECT_EQ(message_of([&] { return payload["list"]["x"]; }),
              "list: expected a map, got a list of 1");
    EXPECT_EQ(message_of([&] { return payload["list"][0].get<int>(); }),
              "list[0]: expected an integer, got true");
    EXPECT_EQ(message_of([&] { return payload[0]; }), "payload: expected a list, got a map of 2");
    EXPECT_EQ(code_of([&] { return payload["message"].begin(); }), Errc::type_mismatch);
    EXPECT_EQ(code_of([&] { return payload["message"].entries(); }), Errc::type_mismatch);
}

TEST(Payload, paths_lead_through_lists_and_maps_however_it_was_found) {
    const Payload payload{
        {"before", {{"a", Value::list({1, {}})}}},
        {"list", Value::list({{{"x", 1}}, {{"x", 2}, {"y.z", Value::list({{}, -3})}}})}};

    EXPECT_EQ(message_of([&] { return payload["list"][1]["y.z"][1].get<std::string>(); }),
              R"(list[1]["y.z"][1]: expected text, got the integer -3)");
    EXPECT_EQ(
        message_of([&] { return payload["list"].get<std::vector<std::map<std::string, int>>>(); }),
        R"(list[1]["y.z"]: expected an integer, got a list of 2)");
    const auto list = payload["list"].get<Payload>();
    std::string last;
    for (const PayloadView item : payload["list"]) {
        for (const auto& [key, value] : item.entries()) {
            last = message_of([&, view = value] { return view.get<bool>(); });
        }
    }
    EXPECT_EQ(last, R"(list[1]["y.z"]: expected a boolean, got a list of 2)");
    EXPECT_EQ(message_of([&] { return list[0]["z"]; }), "[0].z: missing");
}

TEST(Payload, what_was_found_is_said_in_words) {
    const Payload payload = Payload(Value::list(
        {nullptr, true, 7, -7, 1.5, "a\"b", std::vector<std::byte>(3), Value::list({}), {}}));
    std::string found;

    for (const PayloadView item : payload) {
        const std::string text = message_of([&] {
            return item.is_map() ? item.get<std::vector<int>>().size()
                                 : item.get<std::map<std::string, int>>().size();
        });
        found += text.substr(text.find("got ") + 4) + "; ";
    }

    EXPECT_EQ(found,
              "null; true; the integer 7; the integer -7; the float 1.5; text \"a\\\"b\"; "
              "binary of 3 bytes; a list of 0; a map of 0; ");
}

TEST(Payload, a_path_is_no_longer_than_a_line) {
    Payload payload("deep");
    for (int i = 0; i < 60; ++i) payload = Payload({{std::string(20, 'k'), payload}});
    PayloadView view = payload;
    while (view.is_map()) view = (*view.entries().begin()).value;

    const std::string message = message_of([&] { return view.get<int>(); });

    EXPECT_LT(message.size(), 320U) << message;
    EXPECT_NE(message.find("…: expected an integer"), std::string::npos) << message;
}

TEST(Payload, an_index_beyond_the_list_is_out_of_range) {
    const Payload payload = Payload(Value::list({1}));

    EXPECT_EQ(message_of([&] { return payload[1]; }), "payload: no item 1 in this list of 1");
    EXPECT_EQ(code_of([&] { return payload.at(1); }), Errc::out_of_range);
}

TEST(Payload, what_may_be_absent_is_asked_for) {
    const Payload payload{{"name", "ping"}, {"n", 3}};

    EXPECT_TRUE(payload.contains("name"));
    EXPECT_FALSE(payload.contains("nam"));
    EXPECT_FALSE(payload["n"].contains("x"));
    EXPECT_EQ(payload.value("name", "nobody"), "ping");
    EXPECT_EQ(payload.value("none", "nobody"), "nobody");
    EXPECT_EQ(payload.value("n", 7), 3);
    EXPECT_EQ(payload.value("none", 7), 7);
    EXPECT_FALSE(payload.find("none").has_value());
    EXPECT_EQ(payload.find("n").value().get<int>(), 3);
    EXPECT_EQ(code_of([&] { return payload.value("name", 7); }), Errc::type_mismatch);
}

TEST(Payload, a_null_pointer_is_null_and_not_the_empty_map) {
    EXPECT_TRUE(Payload(nullptr).is_null());
    EXPECT_TRUE(Payload{nullptr}.is_null());
    EXPECT_TRUE(Payload{}.is_map());
}

TEST(Payload, sizes_are_those_of_nlohmann) {
    EXPECT_EQ(Payload(nullptr).size(), 0U);
    EXPECT_EQ(Payload("text").size(), 1U);
    EXPECT_EQ(Payload(std::vector<int>(300)).size(), 300U);
    EXPECT_EQ((Payload{{"a", 1}, {"b", 2}}.size()), 2U);
    EXPECT_TRUE(Payload{}.empty());
    EXPECT_TRUE(Payload(nullptr).empty());
    EXPECT_FALSE(Payload(0).empty());
}

TEST(Payload, maps_are_gone_through_in_their_order) {
    const Payload payload{{"b", {{"x", 1}}}, {"a", Value::list({1, 2})}, {"", "c"}};
    std::string seen;

    for (const auto& [key, value] : payload.entries()) seen.append(key) += "=" + value.dump() + ";";

    EXPECT_EQ(seen, R"(b={"x":1};a=[1,2];="c";)");
    EXPECT_EQ(payload.entries().size(), 3U);
}

TEST(Payload, lists_work_with_algorithms) {
    const Payload payload(std::vector<int>{1, 5, 3});

    const auto found = std::find_if(payload.begin(), payload.end(),
                                    [](PayloadView item) { return item.get<int>() == 5; });

    ASSERT_NE(found, payload.end());
    EXPECT_EQ((*found).get<int>(), 5);
    EXPECT_EQ(std::distance(payload.begin(), payload.end()), 3);
}

TEST(Payload, a_duplicate_key_is_seen_once_with_its_last_value) {
    const Payload payload = Payload::from_cbor(unhex("a3616101616202616103"));

    EXPECT_EQ(payload["a"].get<int>(), 3);
    EXPECT_EQ(payload.size(), 2U);
    EXPECT_EQ(payload.dump(), R"({"b":2,"a":3})");
}

TEST(Payload, moving_leaves_the_empty_map) {
    Payload from{{"a", 1}};

    const Payload to = std::move(from);

    EXPECT_EQ(to.dump(), R"({"a":1})");
    EXPECT_EQ(from.dump(), "{}");  // NOLINT(bugprone-use-after-move): on purpose
}

TEST(Payload, the_line_for_people_is_bounded_and_harmless) {
    const Payload payload{{"esc", "\x1b[31m\u0085\x7f\n\u202e"}, {"nan", std::nan("")}};

    EXPECT_EQ(payload.dump(), R"({"esc":"\u001b[31m\u0085\u007f\n\u202e","nan":NaN})");
    EXPECT_EQ(Payload(std::string(1000, 'x')).dump(10), "\"xxxxxxxxx…");
    EXPECT_EQ(Payload("ééééé").dump(6), "\"éé…");
    EXPECT_EQ(Payload(std::vector<int>(1000)).dump(8), "[0,0,0,0…");
    EXPECT_EQ(Payload(std::vector<std::byte>(1000)).dump(7), "h'00000…");
    EXPECT_EQ(eventail::to_text(payload["nan"]), "NaN");
}

TEST(PayloadDecoding, cbor_is_what_says_so_and_everything_else_is_json) {
    const auto text = std::string_view("[1]");
    const auto json = std::as_bytes(std::span(text));
    const auto cbor = unhex("8101");
    const auto shown = [](std::string_view content_type, std::span<const std::byte> body) {
        const auto decoded = eventail::payload::decode(content_type, body, {});
        const auto* const payload = std::get_if<Payload>(&decoded);
        return payload != nullptr ? payload->dump() : "refused";
    };

    EXPECT_EQ(shown("application/cbor", cbor), "[1]");
    EXPECT_EQ(shown("Application/CBOR; x=y", cbor), "[1]");
    EXPECT_EQ(shown("application/cbor-seq", cbor), "refused");
    EXPECT_EQ(shown("application/json", json), "[1]");
    EXPECT_EQ(shown("", json), "[1]");
    EXPECT_EQ(shown("application/cbor", json), "refused");
    EXPECT_EQ(shown("application/json", cbor), "refused");
    EXPECT_EQ(shown("application/cbor", {}), "null");
    EXPECT_EQ(shown("", {}), "null");
}

TEST(PayloadDecoding, takes_a_buffer_over_without_a_copy) {
    eventail::wire::Buffer body;
    body.append(unhex("a1616101"));
    const std::byte* const memory = body.data();

    const auto decoded = eventail::payload::decode("application/cbor", std::move(body), {});

    EXPECT_EQ(std::get<Payload>(decoded).cbor().data(), memory);
}

TEST(PayloadDecoding, a_block_is_used_again_once_its_only_owner_is_done) {
    auto block = std::make_unique<eventail::detail::PayloadBlock>();
    block->original.append(unhex("a1616101"));
    const std::byte* const memory = block->original.data();
    auto decoded = eventail::payload::decode("application/cbor", std::move(block), {});

    block = eventail::payload::reclaim(std::get<Payload>(std::move(decoded)));

    ASSERT_NE(block, nullptr);
    EXPECT_EQ(block->original.size(), 0U);
    block->original.append(unhex("8101"));
    EXPECT_EQ(block->original.data(), memory);
    decoded = eventail::payload::decode("application/cbor", std::move(block), {});
    EXPECT_EQ(std::get<Payload>(decoded).dump(), "[1]");
}

TEST(PayloadDecoding, a_block_that_is_shared_is_not_used_again) {
    Payload payload{{"a", 1}};
    const Payload copy = payload;

    EXPECT_EQ(eventail::payload::reclaim(std::move(payload)), nullptr);
    EXPECT_EQ(copy.dump(), R"({"a":1})");
    EXPECT_EQ(eventail::payload::reclaim(Payload{}), nullptr);
}

}  // namespace
