// SIGTERM in every state of a service: it ends within the drain deadline and acknowledges nothing
// unfinished. It exits with 0, unless it had to abandon a published message, which it reports.
#include "contract/child_process.hpp"
#include "support/loopback_peer.hpp"
#include "support/proxy.hpp"

#include <signal.h>

#include <atomic>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace eventail::test {
namespace {

constexpr double drain_timeout = 2.0;  // of the program
constexpr double soon = 1.0;
constexpr double slack = 0.7;

class ServiceOnSigterm : public ServiceTest {
protected:
    ChildProcess start(const std::vector<std::string>& modes) {
        std::vector<std::string> words = {"stoppable", broker.url(), name};
        words.insert(words.end(), modes.begin(), modes.end());
        return ChildProcess(std::move(words));
    }
    std::uint32_t inputs() { return probe().message_count(name + ".events"); }
};

TEST_F(ServiceOnSigterm, ends_while_it_is_connecting) {
    Proxy deaf(broker.url());
    deaf.be_deaf(true);
    ChildProcess child({"stoppable", deaf.url(), name});
    ASSERT_TRUE(eventually([&] { return deaf.accepted() == 2; }));

    child.terminate();

    EXPECT_EQ(child.status(), 0) << child.output();
    EXPECT_LT(child.seconds_to_end(), soon) << child.output();
}

TEST_F(ServiceOnSigterm, ends_while_it_waits_for_its_configuration) {
    ChildProcess child = start({"configured"});
    ASSERT_TRUE(child.says("unconfigured")) << child.output();

    child.terminate();

    EXPECT_EQ(child.status(), 0) << child.output();
    EXPECT_LT(child.seconds_to_end(), soon) << child.output();
}

TEST_F(ServiceOnSigterm, ends_while_it_is_idle) {
    ChildProcess child = start({});
    ASSERT_TRUE(child.says("ready")) << child.output();

    child.terminate();

    EXPECT_EQ(child.status(), 0) << child.output();
    EXPECT_LT(child.seconds_to_end(), soon) << child.output();
    EXPECT_TRUE(child.says("SIGTERM: stopping")) << child.output();
}

TEST_F(ServiceOnSigterm, closes_at_the_deadline_and_ends_when_a_handler_does) {
    ChildProcess child = start({"busy"});
    ASSERT_TRUE(child.says("ready")) << child.output();
    send("events", key("In"));
    ASSERT_TRUE(child.says("handling")) << child.output();

    child.terminate();
    const bool is_back = eventually([&] { return inputs() == 1; }, 3500ms);
    const bool was_alive = child.is_alive();
    const bool had_handled = child.output().find("handled") != std::string::npos;

    EXPECT_TRUE(is_back) << "the connection still holds the message";
    EXPECT_TRUE(was_alive && !had_handled);
    EXPECT_EQ(child.status(), 0) << child.output();
    EXPECT_TRUE(child.says("handled"));
    EXPECT_LT(child.seconds_to_end(), 4.0 + slack);
    EXPECT_EQ(inputs(), 1u);
}

TEST_F(ServiceOnSigterm, waits_for_outstanding_confirms_then_acknowledges) {
    Proxy proxy(broker.url());
    const std::string heard = listen("events", key("Out"));
    ChildProcess child({"stoppable", proxy.url(), name, "echo"});
    ASSERT_TRUE(child.says("ready")) << child.output();
    proxy.hold_back(" publishing");
    send("events", key("In"));
    probe().take(heard);

    child.terminate();
    const bool said = child.says("SIGTERM: stopping");
    const bool was_waiting = child.is_alive();
    proxy.let_go();

    EXPECT_TRUE(said && was_waiting) << child.output();
    EXPECT_EQ(child.status(), 0) << child.output();
    EXPECT_LT(child.seconds_to_end(), drain_timeout);
    EXPECT_EQ(inputs(), 0u);
}

TEST_F(ServiceOnSigterm, gives_the_input_back_when_confirms_stay_out) {
    Proxy proxy(broker.url());
    const std::string heard = listen("events", key("Out"));
    ChildProcess child({"stoppable", proxy.url(), name, "echo"});
    ASSERT_TRUE(child.says("ready")) << child.output();
    proxy.hold_back(" publishing");
    send("events", key("In"));
    probe().take(heard);

    child.terminate();

    // The next instance handles the input and publishes again; but nobody can know that one will
    // start.
    EXPECT_EQ(child.status(), 1) << child.output();
    EXPECT_LT(child.seconds_to_end(), drain_timeout + slack);
    EXPECT_TRUE(eventually([&] { return inputs() == 1; })) << "acknowledged, and not done";
}

TEST_F(ServiceOnSigterm, says_so_and_fails_when_confirms_stay_out_that_no_input_stands_for) {
    Proxy proxy(broker.url());
    const std::string heard = listen("events", key("Out"));
    ChildProcess child({"stoppable", proxy.url(), name, "chatty"});
    ASSERT_TRUE(child.says("ready")) << child.output();
    probe().take(heard);
    proxy.hold_back(" publishing");
    probe().purge_queue(heard);
    probe().take(heard);

    child.terminate();

    EXPECT_EQ(child.status(), 1) << child.output();
    EXPECT_LT(child.seconds_to_end(), drain_timeout + slack);
    EXPECT_NE(child.output().find("published but not confirmed"), std::string::npos)
        << child.output();
}

TEST_F(ServiceOnSigterm, sends_at_once_what_waits_for_another_try) {
    const std::string full = listen("events", key("Out"));
    set_policy("^" + full + "$", R"({"max-length":1,"overflow":"reject-publish"})");
    ASSERT_TRUE(send("events", key("Out")));
    ASSERT_TRUE(eventually([&] { return !send("events", key("Out")); })) << "not full";
    ChildProcess child = start({"echo"});
    ASSERT_TRUE(child.says("ready")) << child.output();
    send("events", key("In"));
    ASSERT_TRUE(child.says("handled")) << child.output();

    // Retries come after 15 s; a stop does not wait for them.
    child.terminate();
    ASSERT_TRUE(child.says("SIGTERM: stopping"));
    probe().purge_queue(full);

    EXPECT_EQ(child.status(), 0) << child.output();
    EXPECT_LT(child.seconds_to_end(), drain_timeout);
    EXPECT_EQ(probe().take(full).properties.app_id, name);
    EXPECT_EQ(inputs(), 0u);
}

TEST_F(ServiceOnSigterm, ends_when_an_alarm_keeps_it_from_publishing) {
    ChildProcess child = start({"chatty"});
    ASSERT_TRUE(child.says("ready")) << child.output();
    broker.block();
    const bool is_blocked = child.says("has an alarm");

    child.terminate();
    const int status = child.status();
    broker.unblock();

    EXPECT_TRUE(is_blocked) << child.output();
    EXPECT_EQ(status, 1) << child.output();
    EXPECT_LT(child.seconds_to_end(), drain_timeout + slack);
    EXPECT_TRUE(child.says("published but not confirmed")) << child.output();
}

TEST_F(ServiceOnSigterm, ends_a_supervisors_pause) {
    ChildProcess child({"stoppable", "amqp://127.0.0.1:" + std::to_string(refusing_port()), name});
    // The first attempt after ten seconds reports it; by then the service pauses for over a second.
    ASSERT_TRUE(child.says_within(60s, "not connected for")) << child.output();

    child.terminate();

    EXPECT_EQ(child.status(), 0) << child.output();
    EXPECT_LT(child.seconds_to_end(), 0.5) << child.output();
}

TEST_F(ServiceOnSigterm, ends_when_the_broker_is_gone_and_says_what_it_abandons) {
    auto proxy = std::make_unique<Proxy>(broker.url());
    ChildProcess child({"stoppable", proxy->url(), name, "echo"});
    ASSERT_TRUE(child.says("ready")) << child.output();
    proxy->hold_back(" publishing");
    const std::string heard = listen("events", key("Out"));
    // Its input is not persistent and dies with the connection: only this message is left.
    send("events", key("In"), {.delivery_mode = 1});
    ASSERT_TRUE(child.says("handled")) << child.output();
    proxy.reset();
    ASSERT_TRUE(child.says("connection lost")) << child.output();

    child.terminate();

    EXPECT_EQ(child.status(), 1) << child.output();
    EXPECT_LT(child.seconds_to_end(), drain_timeout + slack);
    EXPECT_TRUE(child.says("1 message published but not confirmed")) << child.output();
}

std::atomic<int> own_handler_calls = 0;

TEST_F(ServiceOnSigterm, stops_two_services_of_a_process_and_puts_the_programs_handler_back) {
    struct sigaction own {};
    own.sa_handler = [](int) { ++own_handler_calls; };
    struct sigaction before {};
    ::sigaction(SIGTERM, &own, &before);
    ServiceOptions watched = options();
    watched.handle_signals = true;
    Tested first(watched);
    Tested second(watched);
    {
        Supervised first_run(first);
        Supervised second_run(second);
        ASSERT_TRUE(eventually([&] { return first.ready == 1 && second.ready == 1; }));

        ::kill(::getpid(), SIGTERM);

        EXPECT_EQ(first_run.status(), 0) << log.text();
        EXPECT_EQ(second_run.status(), 0) << log.text();
    }
    EXPECT_EQ(own_handler_calls, 0);
    ::raise(SIGTERM);
    EXPECT_EQ(own_handler_calls, 1);
    ::sigaction(SIGTERM, &before, nullptr);
}

}  // namespace
}  // namespace eventail::test
