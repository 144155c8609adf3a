// Who may enter, and do what.
#include "unit/broker/core/core_fixture.hpp"

namespace eventail::broker {
namespace {

using enum wire::ReplyCode;

class Access : public BrokerTest {
protected:
    void SetUp() override {
        core_.add_user({.name = "u", .password = "secret"});
        core_.set_permissions("u", "/", {.configure = "^u", .write = "^u", .read = "^u"});
    }

    void expect_no_access(std::string_view resource, const std::function<void(Client&)>& operate) {
        Client user(core_, "u");
        expect_refusal(access_refused,
                       "ACCESS_REFUSED - access to " + std::string(resource) +
                           " in vhost '/' refused for user 'u'",
                       [&] { operate(user); });
    }
};

TEST_F(Access, guest_is_there_from_the_start) {
    EXPECT_TRUE(core_.is_login("guest", "guest"));
    core_.remove_user("guest");
    EXPECT_FALSE(core_.is_login("guest", "guest"));
}

TEST_F(Access, a_login_needs_the_password) {
    EXPECT_TRUE(core_.is_login("u", "secret"));
    EXPECT_FALSE(core_.is_login("u", ""));
    EXPECT_FALSE(core_.is_login("nobody", "secret"));
}

TEST_F(Access, a_virtual_host_must_be_there_and_open_to_the_user) {
    core_.add_virtual_host("other");

    expect_refusal(not_allowed, "NOT_ALLOWED - vhost nope not found",
                   [&] { Client(core_, "guest", "nope"); });
    expect_refusal(not_allowed, "NOT_ALLOWED - access to vhost 'other' refused for user 'guest'",
                   [&] { Client(core_, "guest", "other"); });
    core_.set_permissions("guest", "other", {});
    EXPECT_NO_THROW(Client(core_, "guest", "other"));
}

TEST_F(Access, virtual_hosts_do_not_see_each_other) {
    core_.add_virtual_host("other");
    core_.set_permissions("guest", "other", {});
    client_.declare_queue("q");
    Client other(core_, "guest", "other");

    expect_refusal(not_found, "NOT_FOUND - no queue 'q' in vhost 'other'", [&] { other.get("q"); });
}

TEST_F(Access, declaring_needs_the_permission_to_configure) {
    expect_no_access("queue 'q'", [](Client& user) { user.declare_queue("q"); });
    expect_no_access("exchange 'x'", [](Client& user) { user.declare_exchange("x", "topic"); });
    expect_no_access("exchange 'x'", [](Client& user) {
        user.declare_queue("uq", {.arguments = wire::Table().set("x-dead-letter-exchange", "x")});
    });
    EXPECT_NO_THROW(Client(core_, "u").declare_queue("uq"));
}

TEST_F(Access, publishing_needs_the_permission_to_write) {
    expect_no_access("exchange 'amq.topic'",
                     [](Client& user) { user.publish("amq.topic", "k", "1"); });
    expect_no_access("exchange 'amq.default'", [](Client& user) { user.send("uq", "1"); });
}

TEST_F(Access, consuming_needs_the_permission_to_read) {
    client_.declare_queue("q");
    expect_no_access("queue 'q'", [](Client& user) { user.get("q"); });
    expect_no_access("queue 'q'", [](Client& user) { user.consume("q"); });
}

TEST_F(Access, binding_writes_to_the_target_and_reads_from_the_source) {
    client_.declare_queue("q");
    client_.declare_queue("uq");

    expect_no_access("queue 'q'", [](Client& user) { user.bind("q", "amq.topic", "k"); });
    expect_no_access("exchange 'amq.topic'",
                     [](Client& user) { user.bind("uq", "amq.topic", "k"); });
}

TEST_F(Access, an_empty_expression_permits_nothing) {
    core_.set_permissions("u", "/", {.configure = "", .write = ".*", .read = ".*"});

    expect_no_access("queue 'uq'", [](Client& user) { user.declare_queue("uq"); });
    EXPECT_THROW(core_.set_permissions("u", "/", {.configure = "("}), InvalidPattern);
}

TEST_F(Access, an_expression_that_takes_too_many_steps_permits_nothing) {
    core_.set_permissions("u", "/", {.configure = "(a+)+$", .write = ".*", .read = ".*"});
    const std::string name = std::string(40, 'a') + "!";

    expect_no_access("queue '" + name + "'", [&](Client& user) { user.declare_queue(name); });
}

TEST_F(Access, nobody_publishes_in_the_name_of_another) {
    client_.declare_queue("q");

    expect_refusal(precondition_failed,
                   "PRECONDITION_FAILED - user_id property set to 'bob' but authenticated user "
                   "was 'guest'",
                   [&] { client_.send("q", "1", {.user_id = "bob"}); });
    EXPECT_EQ(client_.send("q", "1", {.user_id = "guest"}), Fate::routed);
}

}  // namespace
}  // namespace eventail::broker
