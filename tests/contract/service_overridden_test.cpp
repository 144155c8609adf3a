// A service's overrides, explicit arguments and defaults: dispatch, routing keys, mandatory
// messages, and user functions that throw.
#include "contract/service_fixture.hpp"

#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

namespace eventail::test {
namespace {

class ServiceOverridden : public ServiceTest {};

/// Notes messages of every kind, and leaves nothing to handlers.
class Taking : public Tested {
public:
    using Tested::Tested;
    Ack handle_event(const Event& event) override { return note("event " + event.name); }
    Ack handle_command(const Command& command) override { return note("command " + command.name); }
    Ack handle_result(const Result& result) override { return note("result " + result.name); }
    bool handle_config(const Configuration& configuration) override {
        note("configuration " + configuration.name);
        return true;
    }

    std::vector<std::string> taken() const {
        const std::lock_guard lock(mutex_);
        return taken_;
    }

private:
    Ack note(std::string what) {
        const std::lock_guard lock(mutex_);
        taken_.push_back(std::move(what));
        return Ack::automatic;
    }

    mutable std::mutex mutex_;
    std::vector<std::string> taken_;
};

TEST_F(ServiceOverridden, handle_functions_replace_the_dispatch) {
    ServiceOptions keyed = options();
    keyed.event_routing_keys = {key("In")};
    keyed.command_routing_keys = {key("Do"), key("DoReturn")};
    keyed.config_routing_keys = {key("Set")};
    Taking service(keyed);
    std::atomic<int> dispatched = 0;
    service.on_event(key("In"), [&](const Event&) { ++dispatched; });
    service.on_config(key("Set"), [&](const Configuration&) {
        ++dispatched;
        return false;
    });
    Supervised run(service);
    ASSERT_TRUE(eventually([&] { return service.unconfigured == 1; })) << log.text();

    send("configurations", key("Set"));
    ASSERT_TRUE(eventually([&] { return service.ready == 1; })) << log.text();
    send("events", key("In"));
    send("commands", key("Do"), {.reply_to = key("DoReturn")});
    send("commands", key("DoReturn"), {.status = "error"});

    EXPECT_TRUE(eventually([&] { return service.taken().size() == 4; })) << log.text();
    EXPECT_EQ(run.stop(), 0);
    EXPECT_THAT(service.taken(),
                testing::UnorderedElementsAre("configuration " + key("Set"), "event " + key("In"),
                                              "command " + key("Do"), "result " + key("DoReturn")));
    EXPECT_EQ(dispatched, 0);
}

TEST_F(ServiceOverridden, routing_keys_that_are_given_are_subscribed_to_and_no_others) {
    ServiceOptions keyed = options();
    keyed.event_routing_keys = {key("*.In")};
    Tested service(keyed);
    std::atomic<int> handled = 0;
    service.on_event(key("#"), [&](const Event&) { ++handled; });
    service.on_event(key("Other"), [&](const Event&) { ++handled; });
    Supervised run(service);
    ASSERT_TRUE(eventually([&] { return service.ready == 1; })) << log.text();

    const bool was_other_taken = send("events", key("Other"));
    const bool was_given_taken = send("events", key("some.In"));

    EXPECT_TRUE(was_given_taken);
    EXPECT_FALSE(was_other_taken);
    EXPECT_TRUE(eventually([&] { return handled == 1; })) << log.text();
    EXPECT_EQ(run.stop(), 0);
}

TEST_F(ServiceOverridden, only_commands_and_results_come_back_unless_asked_for) {
    class Reporter : public Tested {
    public:
        using Tested::Tested;
        void handle_returned_message(const ReturnedMessage& message) override {
            {
                const std::lock_guard lock(mutex);
                names.push_back(message.name);
            }
            ++reports;
        }
        std::mutex mutex;
        std::vector<std::string> names;
        std::atomic<int> reports = 0;
    } service(options());
    service.publish_event(key("Event"), {});
    service.publish_configuration(key("Configuration"), {});
    service.send_command(key("Quiet"), {}, key("Return"), {.mandatory = false});
    service.send_command(key("Command"), {}, key("Return"));
    service.return_success(key("Result"), {}, "c-1", "one");
    service.publish_event(key("AskedFor"), {}, {.mandatory = true});

    Supervised run(service);
    const bool have_come_back = eventually([&] { return service.reports == 3; });
    const int status = run.stop();

    EXPECT_TRUE(have_come_back) << log.text();
    EXPECT_EQ(status, 0);
    EXPECT_THAT(service.names,
                testing::ElementsAre(key("Command"), key("Result"), key("AskedFor")));
}

TEST_F(ServiceOverridden, by_default_what_no_queue_takes_is_logged_as_an_error) {
    const std::string records = listen("logs", name + ".ERROR");
    Tested service(options());
    service.send_command(key("Nobody"), {}, key("Return"), {.conversation_id = "talk"});

    Supervised run(service);
    const RawMessage record = probe().take(records);

    EXPECT_NE(record.body.find("no queue received " + key("Nobody")), std::string::npos)
        << record.body;
    EXPECT_NE(record.body.find(R"("_conversation_id":"talk")"), std::string::npos) << record.body;
    EXPECT_TRUE(eventually([&] { return service.ready == 1; })) << log.text();
    EXPECT_EQ(run.stop(), 0);
}

TEST_F(ServiceOverridden, handle_returned_message_that_throws_stops_the_service_with_its_error) {
    class Failing : public Tested {
    public:
        using Tested::Tested;
        void handle_returned_message(const ReturnedMessage&) override {
            throw std::runtime_error("no ink");
        }
    } service(options());
    service.send_command(key("Nobody"), {}, key("Return"));

    Supervised run(service);

    EXPECT_EQ(run.status(), 1);
    EXPECT_EQ(log.count("EMERGENCY"), 1u) << log.text();
    EXPECT_EQ(log.count("handle_returned_message threw"), 1u) << log.text();
    EXPECT_EQ(log.count("no ink"), 1u) << log.text();
}

TEST_F(ServiceOverridden, on_unconfigured_that_throws_stops_the_service_with_its_error) {
    class Failing : public Tested {
    public:
        using Tested::Tested;
        void on_unconfigured() override { throw std::runtime_error("no ink"); }
    } service(options());
    service.on_config(key("Set"), [](const Configuration&) { return true; });

    Supervised run(service);

    EXPECT_EQ(run.status(), 1);
    EXPECT_EQ(log.count("EMERGENCY"), 1u) << log.text();
    EXPECT_EQ(log.count("on_unconfigured threw"), 1u) << log.text();
    EXPECT_EQ(service.ready, 0);
}

}  // namespace
}  // namespace eventail::test
