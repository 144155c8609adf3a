// Handlers that take a message's content as a struct, and messages whose content does not fit.
#include "contract/service_fixture.hpp"
#include <eventail/described.hpp>

#include <atomic>
#include <string>
#include <string_view>
#include <vector>

namespace eventail::test {

struct Greeting {
    std::string name = {};
    int times = 1;
};
BOOST_DESCRIBE_STRUCT(Greeting, (), (name, times))

struct Answer {
    std::string text = {};
};
BOOST_DESCRIBE_STRUCT(Answer, (), (text))

namespace {

class ServiceContent : public ServiceTest {
protected:
    Tested service_{options()};
};

TEST_F(ServiceContent, is_read_for_handlers_of_every_kind_that_take_it) {
    std::atomic<int> answered = 0;
    std::atomic<int> seen = 0;
    std::string answer;
    std::string conversation;
    service_.on_config(key("Configured"),
                       [](const Greeting& greeting) { return greeting.name == "be configured"; });
    service_.on_event(key("Visited"), [&](const Event& event, const Greeting& greeting) {
        conversation = event.conversation_id;
        service_.send_command(key("Greet"), greeting, key("GreetReturn"));
    });
    service_.on_command(key("Greet"), [&](const Command& command, const Greeting& greeting) {
        const std::string times = std::to_string(greeting.times);
        service_.return_success(command, Answer{greeting.name + " * " + times});
    });
    service_.on_result(key("GreetReturn"), [&](const Answer& given) {
        answer = given.text;
        ++answered;
    });
    service_.on_event(key("Held"), [&](const Event& event, const Greeting&) {
        service_.manual_ack(event.metadata.delivery_token);
        ++seen;
        return Ack::manual;
    });
    service_.on_event(key("Text"), [&](const std::vector<std::string>& texts) {
        seen += static_cast<int>(texts.size());
    });
    Supervised run(service_);
    ASSERT_TRUE(eventually([&] { return service_.unconfigured == 1; })) << log.text();

    send("configurations", key("Configured"), {.body = R"({"name":"be configured","times":0})"});
    ASSERT_TRUE(eventually([&] { return service_.ready == 1; })) << log.text();
    send("events", key("Visited"), {.body = R"({"times":3,"name":"Ada"})"});
    send("events", key("Held"), {.body = R"({"times":3,"name":"Ada"})"});
    send("events", key("Text"), {.body = R"(["a","b"])"});

    EXPECT_TRUE(eventually([&] { return answered == 1 && seen == 3; })) << log.text();
    EXPECT_EQ(run.stop(), 0);
    EXPECT_EQ(answer, "Ada * 3");
    EXPECT_EQ(conversation, "c-1");
    EXPECT_EQ(probe().message_count(name + ".events"), 0u);
    EXPECT_EQ(probe().message_count(name + ".commands"), 0u);
}

TEST_F(ServiceContent, of_an_error_is_never_taken_for_that_of_a_success) {
    const std::string dead = dead_letters();
    std::atomic<int> answers = 0;
    std::atomic<int> errors = 0;
    std::atomic<int> both = 0;
    std::string reason;
    service_.on_result(key("Return"), [&](const Answer&) { ++answers; });
    service_.on_error(key("Return"), [&](const Result& error, const Answer& content) {
        reason = content.text + (error.is_success ? "?" : "!");
        ++errors;
    });
    service_.on_result(key("Unheard"), [&](const Result&, const Answer&) { ++answers; });
    service_.on_result(key("All"), [&](const Result&) { ++both; });
    Supervised run(service_);
    ASSERT_TRUE(eventually([&] { return service_.ready == 1; })) << log.text();

    for (const char* const status : {"success", "error"}) {
        for (const char* const each : {"Return", "Unheard", "All"}) {
            send("commands", key(each), {.body = R"({"text":"no stock"})", .status = status});
        }
    }

    EXPECT_TRUE(eventually([&] { return answers == 2 && errors == 1 && both == 2; })) << log.text();
    EXPECT_EQ(probe().take(dead).routing_key, key("Unheard"));
    EXPECT_EQ(run.stop(), 0);
    EXPECT_EQ(answers, 2);
    EXPECT_EQ(reason, "no stock!");
    EXPECT_TRUE(log.has("no handler for errors of the routing key " + key("Unheard") +
                        R"( (on_error): {\"text\":\"no stock\"})"))
        << log.text();
}

TEST_F(ServiceContent, that_does_not_fit_is_dead_lettered_at_once_and_logged_once) {
    const std::string dead = dead_letters();
    std::atomic<int> handled = 0;
    service_.on_event(key("Visited"), [&](const Greeting&) { ++handled; });
    service_.on_command(key("Greet"), [&](const Command&, const Greeting&) { ++handled; });
    service_.on_result(key("Return"), [&](const Answer&) { ++handled; });
    Supervised run(service_);
    ASSERT_TRUE(eventually([&] { return service_.ready == 1; })) << log.text();

    send("events", key("Visited"), {.body = R"({"name":"Ada","times":"3"})", .message_id = "m0"});
    send("commands", key("Greet"), {.body = "{}", .reply_to = "x.Return", .message_id = "m1"});
    send("commands", key("Return"),
         {.body = R"({"text":null})", .message_id = "m2", .status = "success"});
    std::vector<std::string> ids;
    for (int i = 0; i < 3; ++i) ids.push_back(probe().take(dead).message_id());

    EXPECT_THAT(ids, testing::UnorderedElementsAre("m0", "m1", "m2"));
    EXPECT_EQ(handled, 0);
    send("events", key("Visited"), {.body = R"({"name":"Ada","times":3})"});
    EXPECT_TRUE(eventually([&] { return handled == 1; }));
    EXPECT_EQ(run.stop(), 0);
    EXPECT_EQ(service_.ready, 1);
    EXPECT_EQ(log.count("EMERGENCY"), 3u) << log.text();
    EXPECT_EQ(
        log.count(R"(dead-lettered: times: expected an integer, got text \"3\" (routing key ')" +
                  key("Visited") + "', message id 'm0')"),
        1u)
        << log.text();
    EXPECT_EQ(log.count("dead-lettered: name: missing"), 1u) << log.text();
    EXPECT_EQ(log.count("dead-lettered: text: expected text, got null"), 1u) << log.text();
    EXPECT_EQ(probe().message_count(name + ".events"), 0u);
    EXPECT_EQ(probe().message_count(name + ".commands"), 0u);
}

TEST_F(ServiceContent, of_a_configuration_that_does_not_fit_configures_nothing) {
    const std::string dead = dead_letters("^amq\\.gen-");
    std::atomic<int> handled = 0;
    service_.on_config(key("Configured"), [&](const Greeting&) {
        ++handled;
        return true;
    });
    Supervised run(service_);
    ASSERT_TRUE(eventually([&] { return service_.unconfigured == 1; })) << log.text();

    send("configurations", key("Configured"),
         {.body = R"({"name":1,"times":0})", .message_id = "misfit"});
    ASSERT_TRUE(eventually([&] { return log.count("dead-lettered: name: expected text") == 1; }))
        << log.text();
    EXPECT_EQ(probe().take(dead).message_id(), "misfit");
    EXPECT_EQ(handled, 0);
    EXPECT_EQ(service_.ready, 0);
    send("configurations", key("Configured"), {.body = R"({"name":"x","times":0})"});

    EXPECT_TRUE(eventually([&] { return handled == 1; })) << log.text();
    EXPECT_EQ(run.stop(), 0);
    EXPECT_EQ(log.count("EMERGENCY"), 1u) << log.text();
}

}  // namespace
}  // namespace eventail::test
