#include "store/reply_reader.hpp"

#include <eventail/error.hpp>

#include <gmock/gmock.h>

#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace eventail::store {
namespace {

void feed(ReplyReader& reader, std::string_view text) {
    reader.feed(std::as_bytes(std::span(text)));
}

Reply only_reply(std::string_view text, const ReplyLimits& limits = {}) {
    ReplyReader reader;
    reader.set_limits(limits);
    feed(reader, text);
    std::optional<Reply> reply = reader.next();
    EXPECT_TRUE(reply.has_value());
    EXPECT_FALSE(reader.next().has_value());
    return reply.value_or(Reply{});
}

std::error_code failure(std::string_view text, const ReplyLimits& limits = {}) {
    ReplyReader reader;
    reader.set_limits(limits);
    feed(reader, text);
    try {
        (void)reader.next();
        return {};
    } catch (const Error& error) {
        return error.code();
    }
}

TEST(ReplyReader, reads_each_kind_of_reply) {
    EXPECT_EQ(only_reply("+OK\r\n").kind, Reply::Kind::status);
    EXPECT_EQ(only_reply("+OK\r\n").text, "OK");
    EXPECT_EQ(only_reply("-ERR no\r\n").kind, Reply::Kind::error);
    EXPECT_EQ(only_reply("-ERR no\r\n").text, "ERR no");
    EXPECT_EQ(only_reply(":-12\r\n").integer, -12);
    EXPECT_EQ(only_reply("$3\r\nabc\r\n").kind, Reply::Kind::text);
    EXPECT_EQ(only_reply("$-1\r\n").kind, Reply::Kind::nil);
    EXPECT_EQ(only_reply("*-1\r\n").kind, Reply::Kind::nil);
    EXPECT_EQ(only_reply("*0\r\n").kind, Reply::Kind::list);
}

TEST(ReplyReader, reads_lists_in_lists) {
    const Reply reply = only_reply("*3\r\n$1\r\na\r\n*2\r\n:1\r\n$-1\r\n+OK\r\n");

    ASSERT_EQ(reply.items.size(), 3U);
    EXPECT_EQ(reply.items[0].text, "a");
    ASSERT_EQ(reply.items[1].items.size(), 2U);
    EXPECT_EQ(reply.items[1].items[0].integer, 1);
    EXPECT_EQ(reply.items[1].items[1].kind, Reply::Kind::nil);
    EXPECT_EQ(reply.items[2].kind, Reply::Kind::status);
}

TEST(ReplyReader, waits_for_the_rest_of_a_reply_wherever_it_is_cut) {
    const std::string_view whole = "*2\r\n$5\r\nhello\r\n:17\r\n+next\r\n";
    for (std::size_t cut = 0; cut < whole.size(); ++cut) {
        ReplyReader reader;

        feed(reader, whole.substr(0, cut));
        std::vector<Reply> replies;
        while (auto reply = reader.next()) replies.push_back(*std::move(reply));
        feed(reader, whole.substr(cut));
        while (auto reply = reader.next()) replies.push_back(*std::move(reply));

        ASSERT_EQ(replies.size(), 2U) << cut;
        EXPECT_EQ(replies[0].items.at(0).text, "hello") << cut;
        EXPECT_EQ(replies[1].text, "next") << cut;
    }
}

TEST(ReplyReader, refuses_a_reply_larger_than_its_limit_before_it_is_complete) {
    const ReplyLimits limits{.max_bytes = 100};
    const std::string text(90, 'x');

    EXPECT_EQ(only_reply("$90\r\n" + text + "\r\n", limits).text, text);
    EXPECT_EQ(failure("$2000000000\r\n" + text + text, limits), Errc::payload_too_large);
    EXPECT_EQ(failure("+" + text + text, limits), Errc::payload_too_large);
}

TEST(ReplyReader, counts_the_bytes_of_each_reply_by_itself) {
    ReplyReader reader;
    reader.set_limits({.max_bytes = 20});

    for (int i = 0; i < 100; ++i) {
        feed(reader, "$9\r\n123456789\r\n$9\r\n1234");
        ASSERT_TRUE(reader.next().has_value());
        ASSERT_FALSE(reader.next().has_value());
        feed(reader, "56789\r\n");
        ASSERT_TRUE(reader.next().has_value());
    }
}

TEST(ReplyReader, refuses_lists_of_more_items_than_its_limit_without_making_them) {
    const ReplyLimits limits{.max_items = 4};

    EXPECT_EQ(only_reply("*4\r\n:1\r\n:2\r\n:3\r\n:4\r\n", limits).items.size(), 4U);
    EXPECT_EQ(failure("*5\r\n", limits), Errc::payload_too_large);
    EXPECT_EQ(failure("*2000000000\r\n", limits), Errc::payload_too_large);
    EXPECT_EQ(failure("*2\r\n*2\r\n:1\r\n:2\r\n*1\r\n", limits), Errc::payload_too_large);
}

TEST(ReplyReader, refuses_what_is_no_reply) {
    for (const std::string_view text :
         {"HTTP/1.1 400 Bad Request\r\n", "%1\r\n+a\r\n+b\r\n", "$-2\r\n", "*-2\r\n", "$x\r\n",
          ":\r\n", "$99999999999999999999\r\n", "*99999999999999999999\r\n"}) {
        EXPECT_EQ(failure(text), Errc::protocol_error) << text;
    }
}

TEST(ReplyReader, refuses_lists_nested_more_deeply_than_any_answer) {
    std::string text;
    for (int i = 0; i < 1000; ++i) text += "*1\r\n";

    EXPECT_EQ(failure(text, {.max_items = 100'000}), Errc::protocol_error);
}

TEST(ReplyReader, takes_any_bytes_with_a_reply_or_an_error) {
    const std::vector<std::string> sound = {"+OK\r\n",
                                            "-ERR x\r\n",
                                            ":1\r\n",
                                            "$3\r\nabc\r\n",
                                            "$-1\r\n",
                                            "*3\r\n$1\r\na\r\n*2\r\n:1\r\n$-1\r\n+OK\r\n",
                                            "*1\r\n*1\r\n*1\r\n:5\r\n"};
    constexpr std::string_view spice = "+-:$*0123456789\r\n\xff";
    std::size_t replies = 0;
    std::size_t errors = 0;
    for (unsigned seed = 0; seed < 20'000; ++seed) {
        std::mt19937 dice(seed);
        const auto below = [&dice](std::size_t limit) { return dice() % limit; };
        std::string text;
        for (std::size_t i = 0; i <= below(4); ++i) text += sound[below(sound.size())];
        for (std::size_t i = 0; i < below(4); ++i) {
            text[below(text.size())] = spice[below(spice.size())];
        }
        ReplyReader reader;
        reader.set_limits({.max_bytes = 200, .max_items = 20});
        try {
            for (std::size_t at = 0; at < text.size();) {
                const std::size_t size = 1 + below(8);
                feed(reader, std::string_view(text).substr(at, size));
                at += size;
                while (reader.next()) ++replies;
            }
        } catch (const Error& error) {
            ++errors;
            ASSERT_TRUE(error.code() == Errc::protocol_error ||
                        error.code() == Errc::payload_too_large);
        }
    }
    // Both happen, and often.
    EXPECT_GT(replies, 20'000U);
    EXPECT_GT(errors, 2'000U);
}

}  // namespace
}  // namespace eventail::store
