#include "store/interpret.hpp"

#include <gmock/gmock.h>

#include <string>
#include <utility>

namespace eventail::store {
namespace {

using testing::HasSubstr;
using testing::Not;

Reply error_reply(std::string text) {
    return {.kind = Reply::Kind::error, .text = std::move(text)};
}

Reply text_reply(std::string text) { return {.kind = Reply::Kind::text, .text = std::move(text)}; }

Reply list_reply(std::vector<Reply> items) {
    Reply reply;
    reply.kind = Reply::Kind::list;
    reply.items = std::move(items);
    return reply;
}

template <class Call>
std::error_code failure(Call call) {
    try {
        call();
        return {};
    } catch (const Error& error) {
        return error.code();
    }
}

TEST(StoreReply, of_a_missing_permission_or_login_is_access_refused) {
    for (const char* text :
         {"NOAUTH Authentication required.", "NOPERM this user has no permissions to run 'get'",
          "DENIED Redis is running in protected mode", "WRONGPASS invalid username-password pair",
          "ERR Error running script (call to f_1): @user_script:3: NOPERM no permissions"}) {
        EXPECT_EQ(refusal(error_reply(text), "Redis").code(), Errc::access_refused) << text;
    }
}

TEST(StoreReply, of_a_key_of_another_kind_is_a_type_mismatch_from_a_script_too) {
    EXPECT_EQ(refusal(error_reply("WRONGTYPE Operation against a key"), "Redis").code(),
              Errc::type_mismatch);
    EXPECT_EQ(refusal(error_reply("ERR Error running script: WRONGTYPE Operation"), "Redis").code(),
              Errc::type_mismatch);
}

TEST(StoreReply, of_any_other_error_is_quoted) {
    const Error error = refusal(error_reply("OOM command not allowed when used memory > "
                                            "'maxmemory'."),
                                "Redis at db:6379");

    EXPECT_EQ(error.code(), Errc::store_refused);
    EXPECT_THAT(error.what(), HasSubstr("Redis at db:6379 refuses: OOM command not allowed"));
}

TEST(StoreReply, that_repeats_what_was_sent_is_not_quoted_to_the_end) {
    const Error error =
        refusal(error_reply("ERR unknown command `SETEX`, with args beginning with: `k`, `secret`"),
                "Redis");

    EXPECT_THAT(error.what(), HasSubstr("unknown command `SETEX`"));
    EXPECT_THAT(error.what(), Not(HasSubstr("secret")));
}

TEST(StoreReply, is_quoted_on_one_line_and_not_without_end) {
    const Error error = refusal(error_reply("ERR \x1b[2J\n" + std::string(100'000, 'x')), "Redis");

    const std::string text = error.what();
    EXPECT_EQ(text.find('\x1b'), std::string::npos);
    EXPECT_EQ(text.find('\n'), std::string::npos);
    EXPECT_LT(text.size(), 1000U);
}

TEST(StoreReply, to_a_login_shows_its_code_only) {
    const Error error = login_refusal(
        error_reply("ERR unknown command `AUTH`, with args beginning with: `hunter2`"), "Redis");
    const Error other = login_refusal(error_reply("hunter2 is wrong"), "Redis");

    EXPECT_EQ(error.code(), Errc::access_refused);
    EXPECT_THAT(error.what(), HasSubstr("(ERR)"));
    EXPECT_THAT(error.what(), Not(HasSubstr("hunter2")));
    EXPECT_THAT(other.what(), Not(HasSubstr("hunter2")));
}

TEST(StoreReply, says_whether_the_server_is_no_master_for_now) {
    EXPECT_TRUE(is_no_master(error_reply("READONLY You can't write against a read only replica.")));
    EXPECT_TRUE(is_no_master(error_reply("LOADING Redis is loading the dataset in memory")));
    EXPECT_TRUE(is_no_master(error_reply("MASTERDOWN Link with MASTER is down")));
    EXPECT_FALSE(is_no_master(error_reply("OOM command not allowed")));
    EXPECT_FALSE(is_no_master(error_reply("")));
    EXPECT_FALSE(is_no_master(text_reply("READONLY")));
}

TEST(StoreReply, tells_an_unknown_script) {
    EXPECT_TRUE(is_unknown_script(error_reply("NOSCRIPT No matching script.")));
    EXPECT_FALSE(is_unknown_script(error_reply("ERR NOSCRIPT")));
}

TEST(StoreReply, must_be_a_status_where_one_is_due) {
    EXPECT_NO_THROW(require_ok({.kind = Reply::Kind::status, .text = "OK"}, "Redis"));
    EXPECT_EQ(failure([] { require_ok(error_reply("ERR DB index is out of range"), "Redis"); }),
              Errc::store_refused);
    EXPECT_EQ(failure([] { require_ok(text_reply("OK"), "Redis"); }), Errc::protocol_error);
    EXPECT_EQ(failure([] { require_ok(list_reply({}), "Redis"); }), Errc::protocol_error);
}

TEST(SentinelReply, names_the_master) {
    const auto master =
        master_address(list_reply({text_reply("10.0.0.7"), text_reply("6380")}), "Sentinel");

    EXPECT_EQ(master, (HostAndPort{"10.0.0.7", 6380}));
}

TEST(SentinelReply, of_nil_means_a_service_that_it_does_not_know) {
    EXPECT_FALSE(master_address(Reply{}, "Sentinel").has_value());
}

TEST(SentinelReply, of_any_other_form_is_refused) {
    const std::string with_nul("a\0b", 3);
    for (const Reply& reply :
         {text_reply("10.0.0.7:6380"), list_reply({}), list_reply({text_reply("10.0.0.7")}),
          list_reply({text_reply("h"), text_reply("0")}),
          list_reply({text_reply("h"), text_reply("65536")}),
          list_reply({text_reply("h"), text_reply("63 80")}),
          list_reply({text_reply(""), text_reply("6380")}),
          list_reply({text_reply(with_nul), text_reply("6380")}),
          list_reply({text_reply("h"), list_reply({})}),
          list_reply({text_reply("h"), text_reply("1"), text_reply("2")})}) {
        EXPECT_EQ(failure([&] { (void)master_address(reply, "Sentinel"); }), Errc::protocol_error);
    }
    EXPECT_EQ(failure([] { (void)master_address(error_reply("NOAUTH x"), "Sentinel"); }),
              Errc::access_refused);
}

TEST(RoleReply, tells_the_master_from_its_replicas_and_sentinels) {
    const Reply of_replica = list_reply({text_reply("slave"), text_reply("10.0.0.7")});

    EXPECT_EQ(role_of(list_reply({text_reply("master"), Reply{}}), "Redis"), Role::master);
    EXPECT_EQ(role_of(of_replica, "Redis"), Role::replica);
    EXPECT_EQ(role_of(list_reply({text_reply("sentinel")}), "Redis"), Role::sentinel);
    EXPECT_EQ(failure([] { (void)role_of(list_reply({}), "Redis"); }), Errc::protocol_error);
    EXPECT_EQ(failure([] { (void)role_of(list_reply({text_reply("king")}), "Redis"); }),
              Errc::protocol_error);
    EXPECT_EQ(failure([] { (void)role_of(text_reply("master"), "Redis"); }), Errc::protocol_error);
}

}  // namespace
}  // namespace eventail::store
