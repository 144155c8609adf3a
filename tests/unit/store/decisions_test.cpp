// The small decisions of a store: how deadlines are shared, which Sentinel comes first, how
// addresses are read, and that scripts are called by their own hash.
#include "store/address.hpp"
#include "store/deadline.hpp"
#include "store/naming.hpp"
#include "store/request.hpp"
#include "store/scripts.hpp"
#include "store/sentinels.hpp"
#include "store/token.hpp"
#include <eventail/error.hpp>

#include <gmock/gmock.h>
#include <openssl/evp.h>

#include <array>
#include <climits>
#include <string>

namespace eventail::store {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;

constexpr TimePoint start{seconds{1000}};

TEST(StoreDeadline, counts_down_to_nothing_and_not_below) {
    const Deadline deadline(seconds{5}, start);

    EXPECT_EQ(deadline.remaining(start + seconds{2}), seconds{3});
    EXPECT_FALSE(deadline.has_passed(start + seconds{5} - microseconds{1}));
    EXPECT_TRUE(deadline.has_passed(start + seconds{5}));
    EXPECT_EQ(deadline.remaining(start + seconds{9}), Duration::zero());
}

TEST(StoreDeadline, is_rounded_up_for_poll_and_bounded) {
    const Deadline deadline(milliseconds{5}, start);

    EXPECT_EQ(deadline.remaining_ms(start), 5);
    EXPECT_EQ(deadline.remaining_ms(start + microseconds{4001}), 1);
    EXPECT_EQ(deadline.remaining_ms(start + milliseconds{5}), 0);
    EXPECT_EQ(Deadline(std::chrono::years{10}, start).remaining_ms(start), INT_MAX);
}

TEST(StoreDeadline, gives_each_step_an_equal_share_of_what_is_left) {
    const Deadline deadline(seconds{6}, start);

    EXPECT_EQ(deadline.share(3, start).at(), start + seconds{2});
    EXPECT_EQ(deadline.share(2, start + seconds{2}).at(), start + seconds{4});
    EXPECT_EQ(deadline.share(1, start + seconds{2}).at(), deadline.at());
    EXPECT_EQ(deadline.share(2, start + seconds{9}).at(), start + seconds{9});
}

TEST(SentinelOrder, puts_the_one_that_was_right_first_and_keeps_the_others_in_order) {
    SentinelOrder order({{"a", 1}, {"b", 2}, {"c", 3}});

    order.was_right({"c", 3});

    EXPECT_THAT(order.all(),
                ElementsAre(HostAndPort{"c", 3}, HostAndPort{"a", 1}, HostAndPort{"b", 2}));
}

TEST(SentinelOrder, puts_one_that_was_no_help_last) {
    SentinelOrder order({{"a", 1}, {"b", 2}, {"c", 3}});

    order.was_no_help({"a", 1});
    order.was_no_help({"unknown", 1});

    EXPECT_THAT(order.all(),
                ElementsAre(HostAndPort{"b", 2}, HostAndPort{"c", 3}, HostAndPort{"a", 1}));
}

TEST(StoreAddress, is_a_host_with_or_without_a_port) {
    EXPECT_EQ(parse_address("db", 26379), (HostAndPort{"db", 26379}));
    EXPECT_EQ(parse_address("db:1", 26379), (HostAndPort{"db", 1}));
    EXPECT_EQ(parse_address("::1", 26379), (HostAndPort{"::1", 26379}));
    EXPECT_EQ(parse_address("[::1]", 26379), (HostAndPort{"::1", 26379}));
    EXPECT_EQ(parse_address("[::1]:7", 26379), (HostAndPort{"::1", 7}));
}

TEST(StoreAddress, of_another_form_is_refused_without_being_shown) {
    for (const char* text : {"", ":1", "db:", "db:0", "db:65536", "db:x", "[::1", "[::1]7", "[]:7",
                             "redis://db:1", "user:hunter2@db:1"}) {
        try {
            (void)parse_address(text, 26379);
            ADD_FAILURE() << text;
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), Errc::invalid_argument) << text;
            EXPECT_EQ(std::string(error.what()).find("hunter2"), std::string::npos);
        }
    }
}

TEST(StoreAddress, is_shown_with_brackets_where_they_are_needed_and_printable) {
    EXPECT_EQ(to_text(HostAndPort{"db", 6379}), "db:6379");
    EXPECT_EQ(to_text(HostAndPort{"::1", 6379}), "[::1]:6379");
    EXPECT_EQ(to_text(HostAndPort{"d\nb", 1}), "d\\nb:1");
}

TEST(StoreScripts, are_called_by_the_hash_of_their_text) {
    for (const Script& script : {set_all, take_all, read_or_lock, store_and_unlock, unlock}) {
        std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
        unsigned size = 0;
        EVP_Digest(script.text.data(), script.text.size(), digest.data(), &size, EVP_sha1(),
                   nullptr);
        std::string hex;
        for (unsigned i = 0; i < size; ++i) {
            hex += "0123456789abcdef"[digest[i] >> 4];
            hex += "0123456789abcdef"[digest[i] & 15];
        }

        EXPECT_EQ(script.sha1, hex) << script.text;
    }
}

TEST(StoreRequest, holds_any_bytes) {
    const std::string key("a\0\r\n", 4);
    const Request request{"GET", key};

    const auto bytes = request.bytes();
    EXPECT_EQ(std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()),
              "*2\r\n$3\r\nGET\r\n$4\r\n" + key + "\r\n");
}

TEST(StoreTokens, are_128_random_bits) {
    const std::string token = new_token();

    EXPECT_EQ(token.size(), 32U);
    EXPECT_EQ(token.find_first_not_of("0123456789abcdef"), std::string::npos);
    EXPECT_NE(token, new_token());
}

TEST(StoreErrors, show_keys_printable_and_cut) {
    EXPECT_EQ(store::quoted("a\n\"b"), "\"a\\n\\\"b\"");
    EXPECT_LT(store::quoted(std::string(5000, 'k')).size(), 120U);
    EXPECT_EQ(count_of(1), "1 key");
    EXPECT_EQ(count_of(3), "3 keys");
}

}  // namespace
}  // namespace eventail::store
