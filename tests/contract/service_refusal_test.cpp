// The broker refuses messages, which are sent again or come back, and services, which end with one
// clear error.
#include "contract/service_fixture.hpp"

#include <future>
#include <mutex>
#include <string>
#include <vector>

namespace eventail::test {
namespace {

/// Counts returned messages.
class Reporter : public Tested {
public:
    using Tested::Tested;
    void handle_returned_message(const ReturnedMessage& message) override {
        code = message.reply_code;
        ++reports;
    }
    std::atomic<int> reports = 0;
    std::atomic<int> code = 0;
};

class ServiceRefused : public ServiceTest {
protected:
    /// How often the local log gives the reason for the end; exactly once is right.
    std::size_t endings() const { return log.count("EMERGENCY"); }
};

TEST_F(ServiceRefused, a_nacked_publish_goes_out_again_whole_and_holds_its_input) {
    const std::string full = listen("commands", key("caller.DoReturn"));
    set_policy("^" + full + "$", R"({"max-length":1,"overflow":"reject-publish"})");
    ASSERT_TRUE(send("commands", key("caller.DoReturn")));
    ASSERT_TRUE(eventually([&] { return !send("commands", key("caller.DoReturn")); }));
    ServiceOptions hasty = options();
    hasty.retry_delay = 200ms;
    Tested service(hasty);
    std::atomic<int> handled = 0;
    service.on_command(key("Do"), [&](const Command& command) {
        service.return_error(command, {{"why", "no time"}});
        ++handled;
    });
    Supervised run(service);
    ASSERT_TRUE(eventually([&] { return service.ready == 1; })) << log.text();

    send(
        "commands", key("Do"),
        {.conversation_id = "talk", .reply_to = key("caller.DoReturn"), .correlation_id = "seven"});
    ASSERT_TRUE(eventually([&] { return handled == 1; }));
    // Unacknowledged: it comes back to the queue of a service that is cut off.
    forget_probe();
    broker.close_connections("to see what was not acknowledged");
    ASSERT_TRUE(eventually([&] { return handled == 2; })) << log.text();
    probe().purge_queue(full);
    const RawMessage answer = probe().take(full);

    EXPECT_EQ(answer.header("status"), "error");
    EXPECT_EQ(answer.header("conversation_id"), "talk");
    EXPECT_EQ(answer.properties.correlation_id, "seven");
    EXPECT_EQ(answer.properties.delivery_mode, 2);
    EXPECT_EQ(answer.properties.app_id, name);
    EXPECT_FALSE(answer.message_id().empty());
    EXPECT_EQ(run.stop(), 0);
    EXPECT_EQ(probe().message_count(name + ".commands"), 0u);
    EXPECT_EQ(probe().message_count(full), 1u) << "the answer of each handling is sent";
}

TEST_F(ServiceRefused, a_message_that_makes_the_broker_close_the_channel_is_dropped_and_reported) {
    const std::string heard = listen("events", key("Out"));
    broker.limit_messages(100'000);
    Reporter service(options());
    const std::string too_much(200'000, 'x');
    for (int i = 0; i < 10; ++i) {
        service.publish_event(key("Out"), {{"n", i}});
        if (i == 4) service.publish_event(key("Out"), {{"n", 99}, {"x", too_much}});
    }

    Supervised run(service);
    const bool was_reported = eventually([&] { return service.reports == 1; });
    const bool have_all_come = eventually([&] { return probe().message_count(heard) >= 10; });
    const int status = run.stop();
    broker.unlimit_messages();

    EXPECT_TRUE(was_reported && have_all_come) << log.text();
    EXPECT_EQ(service.code, 406);
    EXPECT_EQ(service.reports, 1);
    EXPECT_EQ(log.count("EMERGENCY"), 1u) << log.text();
    EXPECT_EQ(service.ready, 1);
    EXPECT_EQ(status, 0);
}

TEST_F(ServiceRefused, a_message_that_its_user_may_not_publish_is_dropped_and_the_others_arrive) {
    const std::string events = listen("events", key("Out"));
    const std::string commands = listen("commands", key("Forbidden"));
    broker.add_user(name, "word", {.write = "^(events|logs|" + name + "\\..*)$"});
    ServiceOptions limited = options();
    limited.amqp_urls = {broker.url_with(name + ":word")};
    limited.prefetch_count = 10;
    Reporter service(limited);
    service.on_event(key("In"), [&](const Event& event) {
        service.publish_event(key("Out"), {{"n", event.payload["n"].get<int>()}});
        if (event.payload["n"].get<int>() == 4) {
            service.send_command(key("Forbidden"), {}, key("caller.Return"));
        }
    });
    Supervised run(service);
    const bool was_ready = eventually([&] { return service.ready == 1; });

    for (int i = 0; i < 10; ++i) {
        send("events", key("In"), {.body = R"({"n":)" + std::to_string(i) + "}"});
    }
    const bool was_reported = eventually([&] { return service.reports == 1; });
    const bool have_all_come = eventually([&] { return probe().message_count(events) >= 10; });
    const int status = run.stop();
    broker.delete_user(name);

    EXPECT_TRUE(was_ready && was_reported && have_all_come) << log.text();
    EXPECT_EQ(service.code, 403);
    EXPECT_EQ(service.reports, 1);
    EXPECT_EQ(log.count("EMERGENCY"), 1u) << log.text();
    EXPECT_EQ(service.ready, 1);
    EXPECT_EQ(status, 0);
    EXPECT_EQ(probe().message_count(commands), 0u);
    EXPECT_EQ(probe().message_count(name + ".events"), 0u) << "an input was not acknowledged";
}

TEST_F(ServiceRefused, a_wrong_password_on_every_url_is_final) {
    ServiceOptions wrong = options();
    wrong.amqp_urls = {broker.url_with("guest:secret"), broker.url_with("nobody:secret")};
    Tested service(wrong);

    Supervised run(service);

    EXPECT_EQ(run.status(), 1);
    EXPECT_EQ(endings(), 1u) << log.text();
    EXPECT_TRUE(log.has("ACCESS_REFUSED")) << log.text();
    EXPECT_FALSE(log.has("secret")) << log.text();
}

TEST_F(ServiceRefused, a_wrong_password_on_one_of_two_urls_is_not) {
    ServiceOptions half = options();
    half.amqp_urls = {broker.url_with("guest:secret"), broker.url()};
    Tested service(half);

    Supervised run(service);

    EXPECT_TRUE(eventually([&] { return service.ready == 1; })) << log.text();
    EXPECT_EQ(run.stop(), 0);
}

TEST_F(ServiceRefused, a_missing_virtual_host_is_final) {
    ServiceOptions nowhere = options();
    nowhere.amqp_urls = {broker.url_with("guest:guest", "nowhere")};
    Tested service(nowhere);

    Supervised run(service);

    EXPECT_EQ(run.status(), 1);
    EXPECT_EQ(endings(), 1u) << log.text();
    EXPECT_TRUE(log.has("nowhere")) << log.text();
}

TEST_F(ServiceRefused, a_queue_with_other_arguments_is_final) {
    wire::Table arguments;
    arguments.set("x-max-length", 7);
    probe().declare_queue(name + ".events", {.arguments = arguments.view()});
    Tested service(options());
    service.on_event(key("In"), [](const Event&) {});

    Supervised run(service);

    EXPECT_EQ(run.status(), 1);
    EXPECT_EQ(endings(), 1u) << log.text();
    EXPECT_TRUE(log.has("PRECONDITION_FAILED")) << log.text();
    EXPECT_TRUE(log.has(name + ".events")) << log.text();
}

TEST_F(ServiceRefused, a_user_without_permissions_is_final) {
    broker.add_user(name, "word", {.configure = "^none$", .write = "^none$", .read = "^none$"});
    ServiceOptions powerless = options();
    powerless.amqp_urls = {broker.url_with(name + ":word")};
    Tested service(powerless);

    Supervised run(service);
    const int status = run.status();
    broker.delete_user(name);

    EXPECT_EQ(status, 1);
    EXPECT_EQ(endings(), 1u) << log.text();
    EXPECT_TRUE(log.has("ACCESS_REFUSED")) << log.text();
    EXPECT_EQ(service.ready, 0);
}

}  // namespace
}  // namespace eventail::test
