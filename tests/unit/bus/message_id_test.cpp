// Ids: counted and derived ones, and how to distinguish them from others'.
#include "bus/message_id.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

namespace eventail::bus {
namespace {

constexpr std::string_view input_id = "0123456789abcdef-42";
constexpr Origin origin{.message_id = input_id, .queue = "shop.events"};
const Outgoing happened{.name = "Happened", .conversation_id = "c", .app_id = "shop"};

/// Publishes them in one call of a handler. @return their ids
std::vector<std::string> ids_of(const std::vector<Outgoing>& messages, Origin of = origin,
                                std::string_view content = "content") {
    IdDerivation ids(of);
    std::vector<std::string> texts;
    for (const Outgoing& message : messages) {
        const Hash128 hash = ids.hash_of(message, wire::as_bytes(content));
        texts.emplace_back(ids.next_id(hash).text());
        ids.prepare_count(hash);
        ids.count(hash);
    }
    return texts;
}

std::string id_of(const Outgoing& message, Origin of = origin,
                  std::string_view content = "content") {
    return ids_of({message}, of, content).front();
}

TEST(Hash128Test, is_murmur_hash_3) {
    const std::string_view fox = "The quick brown fox jumps over the lazy dog";

    EXPECT_EQ(hash128({}), (Hash128{}));
    EXPECT_EQ(hash128(wire::as_bytes(fox)),
              (Hash128{.first = 0xE34BBC7BBC071B6CULL, .second = 0x7A433CA9C49A9347ULL}));
}

TEST(DerivedIds, are_the_same_when_a_handler_runs_again_and_publishes_the_same) {
    Outgoing later = happened;
    later.timestamp = 1800000000;

    EXPECT_EQ(id_of(happened), id_of(later));
}

TEST(DerivedIds, differ_with_everything_that_a_message_is) {
    const auto with = [](auto change) {
        Outgoing message = happened;
        change(message);
        return id_of(message);
    };
    const std::vector<std::string> all = {
        id_of(happened),
        id_of(happened, {.message_id = "0123456789abcdef-43", .queue = origin.queue}),
        id_of(happened, {.message_id = input_id, .queue = "shop.commands"}),
        id_of(happened, origin, "Content"),
        with([](Outgoing& message) { message.kind = Kind::configuration; }),
        with([](Outgoing& message) { message.name = "Happens"; }),
        with([](Outgoing& message) { message.conversation_id = "d"; }),
        with([](Outgoing& message) { message.correlation_id = "d"; }),
        with([](Outgoing& message) { message.reply_to = "d"; }),
        with([](Outgoing& message) { message.content_type = "application/json"; }),
        with([](Outgoing& message) { message.app_id = "stock"; }),
        with([](Outgoing& message) { message.is_success = false; }),
        with([](Outgoing& message) { message.is_mandatory = true; }),
        with([](Outgoing& message) { message.is_persistent = false; })};

    EXPECT_EQ(std::set<std::string>(all.begin(), all.end()).size(), all.size());
}

TEST(DerivedIds, differ_when_the_same_bytes_stand_in_other_fields) {
    const Outgoing left{.kind = Kind::command, .correlation_id = "ab", .reply_to = "c"};
    const Outgoing right{.kind = Kind::command, .correlation_id = "a", .reply_to = "bc"};

    EXPECT_NE(id_of(left), id_of(right));
}

TEST(DerivedIds, tell_identical_messages_of_one_call_apart_by_their_order) {
    Outgoing other = happened;
    other.name = "Other";

    const auto once = ids_of({happened, happened, other});
    const auto again = ids_of({other, happened, happened});

    EXPECT_NE(once[0], once[1]);
    EXPECT_EQ(once[0], again[1]);
    EXPECT_EQ(once[1], again[2]);
    EXPECT_EQ(once[2], again[0]);
}

TEST(DerivedIds, count_many_different_messages_of_one_call) {
    std::vector<std::string> names;
    for (int i = 0; i < 100; ++i) names.push_back("Event" + std::to_string(i));
    std::vector<Outgoing> messages;
    for (int round = 0; round < 2; ++round) {
        for (const std::string& name : names) messages.push_back({.name = name});
    }

    const auto ids = ids_of(messages);

    EXPECT_EQ(std::set<std::string>(ids.begin(), ids.end()).size(), 200u);
}

TEST(DerivedIds, of_one_that_was_not_published_are_free_for_the_next_try) {
    IdDerivation ids(origin);
    const Hash128 hash = ids.hash_of(happened, {});

    EXPECT_EQ(ids.next_id(hash).text(), ids.next_id(hash).text());
}

TEST(DerivedIds, survive_names_that_are_too_long_to_be_sent) {
    const std::string name(5000, 'x');

    EXPECT_NE(id_of({.name = name, .conversation_id = name, .correlation_id = name}), "");
}

TEST(DerivedIds, are_derived_from_ids_of_ours_only) {
    const auto is_possible = [](std::string_view id) {
        return IdDerivation({.message_id = id}).is_possible();
    };

    EXPECT_TRUE(is_possible(MessageId("0123456789abcdef", 42).text()));
    EXPECT_TRUE(is_possible(id_of(happened)));
    EXPECT_FALSE(is_possible(""));
    EXPECT_FALSE(is_possible("42"));
    EXPECT_FALSE(is_possible("0123456789abcdef-"));
    EXPECT_FALSE(is_possible("0123456789abcdef-4x"));
    EXPECT_FALSE(is_possible("0123456789ABCDEF-42"));
    EXPECT_FALSE(is_possible("3f2504e0-4f89-11d3-9a0c-0305e82c3301"));
    EXPECT_FALSE(is_possible("3f2504e04f8911d39a0c0305e82c3301"));
    EXPECT_FALSE(is_possible("d-3f2504e04f8911d39a0c0305e82c330g"));
}

TEST(MessageIds, have_keys_by_which_they_are_found_again) {
    const MessageId counted("0123456789abcdef", 42);
    const MessageId derived(Hash128{.first = 7, .second = 8});

    EXPECT_EQ(counted.text(), "0123456789abcdef-42");
    EXPECT_EQ(key_of(counted.text(), "0123456789abcdef"), counted.key());
    EXPECT_EQ(derived.text(), "d-00000000000000070000000000000008");
    EXPECT_EQ(key_of(derived.text(), "0123456789abcdef"), derived.key());
    EXPECT_EQ(key_of("fedcba9876543210-42", "0123456789abcdef"), std::nullopt);
    EXPECT_EQ(key_of("0123456789abcdef-", "0123456789abcdef"), std::nullopt);
    EXPECT_EQ(key_of("0123456789abcdef-4x", "0123456789abcdef"), std::nullopt);
    EXPECT_EQ(key_of("", "0123456789abcdef"), std::nullopt);
}

}  // namespace
}  // namespace eventail::bus
