// A service when its broker dies, when its connections and channels are closed, and when its queues
// vanish: it recovers, and nothing is lost.
#include "contract/service_fixture.hpp"
#include "support/proxy.hpp"

#include <set>
#include <string>

namespace eventail::test {
namespace {

class ServiceOutage : public ServiceTest {};

TEST_F(ServiceOutage, a_handler_that_blocks_for_three_heartbeats_keeps_its_connection) {
    ServiceOptions lively = options();
    lively.heartbeat = 2s;
    Tested service(lively);
    std::atomic<int> deliveries = 0;
    std::atomic<bool> has_ended = false;
    const Gate never;
    service.on_event(key("Long"), [&](const Event&) {
        ++deliveries;
        never.wait_for(6500ms);
        has_ended = true;
    });
    Supervised run(service);
    ASSERT_TRUE(eventually([&] { return service.ready == 1; })) << log.text();

    send("events", key("Long"));
    ASSERT_TRUE(eventually([&] { return has_ended.load(); }));
    EXPECT_EQ(run.stop(), 0);

    EXPECT_EQ(deliveries, 1);
    EXPECT_EQ(service.ready, 1);
    EXPECT_FALSE(log.has("connection lost")) << log.text();
    EXPECT_EQ(probe().message_count(name + ".events"), 0u);
}

TEST_F(ServiceOutage, recovers_when_an_operator_closes_its_connections) {
    const std::string heard = listen("events", key("Out"));
    Tested service(options());
    service.on_event(key("In"), [&](const Event&) { service.publish_event(key("Out"), {}); });
    Supervised run(service);
    ASSERT_TRUE(eventually([&] { return service.ready == 1; })) << log.text();

    forget_probe();
    broker.close_connections("maintenance");

    ASSERT_TRUE(eventually([&] { return service.ready == 2; })) << log.text();
    EXPECT_TRUE(log.has("maintenance")) << log.text();
    send("events", key("In"));
    EXPECT_EQ(probe().take(heard).routing_key, key("Out"));
    EXPECT_EQ(run.stop(), 0);
}

TEST_F(ServiceOutage, mends_the_publishing_connection_without_being_ready_again) {
    Proxy proxy(broker.url());
    const std::string heard = listen("events", key("Out"));
    ServiceOptions through = options();
    through.amqp_urls = {proxy.url()};
    Tested service(through);
    service.on_event(key("In"), [&](const Event&) { service.publish_event(key("Out"), {}); });
    Supervised run(service);
    ASSERT_TRUE(eventually([&] { return service.ready == 1; })) << log.text();
    proxy.hold_back(" publishing");
    send("events", key("In"));
    const std::string first_id = probe().take(heard).message_id();

    // It arrived; its confirm did not.
    proxy.cut(" publishing");

    EXPECT_EQ(probe().take(heard).message_id(), first_id);
    EXPECT_EQ(run.stop(), 0);
    EXPECT_EQ(service.ready, 1);
    EXPECT_EQ(log.count("connection lost"), 1u) << log.text();
    EXPECT_FALSE(log.has("/: amqp://")) << "names the url twice: " << log.text();
    EXPECT_EQ(probe().message_count(name + ".events"), 0u);
}

TEST_F(ServiceOutage, declares_its_queue_again_when_it_is_deleted) {
    Tested service(options());
    std::atomic<int> handled = 0;
    service.on_event(key("In"), [&](const Event&) { ++handled; });
    Supervised run(service);
    ASSERT_TRUE(eventually([&] { return service.ready == 1; })) << log.text();

    probe().delete_queue(name + ".events");

    ASSERT_TRUE(eventually([&] { return service.ready == 2; })) << log.text();
    EXPECT_TRUE(send("events", key("In")));
    EXPECT_TRUE(eventually([&] { return handled == 1; }));
    EXPECT_EQ(run.stop(), 0);
}

TEST_F(ServiceOutage, sends_again_what_a_handler_published_whose_queue_was_deleted) {
    Proxy proxy(broker.url());
    const std::string heard = listen("events", key("Out"));
    ServiceOptions through = options();
    through.amqp_urls = {proxy.url()};
    Tested service(through);
    Gate gate;
    service.on_event(key("In"), [&](const Event&) {
        service.publish_event(key("Out"), {});
        gate.wait();
    });
    Supervised run(service);
    ASSERT_TRUE(eventually([&] { return service.ready == 1; })) << log.text();
    // The broker accepts it, but its confirm is held back.
    proxy.hold_back(" publishing");
    send("events", key("In"));
    const std::string first_id = probe().take(heard).message_id();

    probe().delete_queue(name + ".events");
    ASSERT_TRUE(eventually([&] { return log.has("connecting again to declare it"); }));
    gate.open();
    proxy.cut(" publishing");

    EXPECT_EQ(probe().take(heard, 20s).message_id(), first_id) << log.text();
    EXPECT_EQ(run.stop(), 0);
}

TEST_F(ServiceOutage, goes_on_when_the_broker_closes_the_channel_of_a_handler_that_took_too_long) {
    broker.limit_handling(1500ms);
    Tested service(options());
    std::atomic<int> handled = 0;
    const Gate never;
    service.on_event(key("Slow"), [&](const Event&) {
        if (++handled == 1) never.wait_for(4s);
    });
    Supervised run(service);
    const bool was_ready = eventually([&] { return service.ready == 1; });
    send("events", key("Slow"));
    const bool has_come_again = eventually([&] { return handled == 2; });
    const int status = run.stop();
    broker.unlimit_handling();

    EXPECT_TRUE(was_ready && has_come_again) << log.text();
    EXPECT_TRUE(log.has("the broker closed the consuming channel")) << log.text();
    EXPECT_FALSE(log.has("connection lost")) << log.text();
    EXPECT_EQ(status, 0);
    EXPECT_EQ(probe().message_count(name + ".events"), 0u);
}

TEST_F(ServiceOutage, waits_while_the_broker_is_in_alarm_and_goes_on_consuming) {
    const std::string heard = listen("events", key("Out"));
    ServiceOptions one_by_one = options();
    one_by_one.prefetch_count = 1;
    Tested service(one_by_one);
    Gate gate;
    std::atomic<int> silent = 0;
    service.on_event(key("Silent"), [&](const Event&) {
        gate.wait();
        ++silent;
    });
    Supervised run(service);
    ASSERT_TRUE(eventually([&] { return service.ready == 1; })) << log.text();
    for (int i = 0; i < 20; ++i) send("events", key("Silent"));

    broker.block();
    gate.open();
    const bool has_consumed = eventually([&] { return silent == 20; });
    service.publish_event(key("Out"), {});
    const bool was_told = eventually([&] { return log.has("has an alarm"); });
    service.publish_event(key("Out"), {});
    const std::uint32_t arrived_in_alarm = probe().message_count(heard);
    broker.unblock();

    EXPECT_TRUE(has_consumed);
    EXPECT_TRUE(was_told) << log.text();
    EXPECT_LE(arrived_in_alarm, 1u);
    EXPECT_TRUE(eventually([&] { return probe().message_count(heard) == 2; })) << log.text();
    EXPECT_TRUE(eventually([&] { return log.has("accepts messages again"); })) << log.text();
    EXPECT_EQ(service.ready, 1);
    EXPECT_EQ(run.stop(), 0);
}

TEST_F(ServiceOutage, gives_up_a_connection_that_an_alarm_blocks_for_too_long_and_tries_another) {
    constexpr int messages = 10;
    const std::string heard = listen("events", key("Out"));
    ServiceOptions impatient = options();
    impatient.blocked_timeout = 1s;
    Tested service(impatient);
    Supervised run(service);
    ASSERT_TRUE(eventually([&] { return service.ready == 1; })) << log.text();
    const std::string given_up = "longer than blocked_timeout";

    broker.block();
    // The broker reports an alarm only to a connection that publishes, so the first may get
    // through.
    for (int i = 0; i < messages; ++i) service.publish_event(key("Out"), {{"n", i}});
    const bool was_given_up = eventually([&] { return log.count(given_up) == 1; });
    const bool was_the_next_one_too = eventually([&] { return log.count(given_up) == 2; });
    broker.unblock();
    std::set<std::string> ids;
    const bool have_all_come = eventually([&] {
        while (const auto message = probe().get(heard)) ids.insert(message->message_id());
        return ids.size() >= messages;
    });
    const int status = run.stop();

    EXPECT_TRUE(was_given_up && was_the_next_one_too && have_all_come) << log.text();
    EXPECT_EQ(ids.size(), static_cast<std::size_t>(messages));
    EXPECT_FALSE(log.has("consuming connection lost")) << log.text();
    EXPECT_EQ(service.ready, 1);
    EXPECT_EQ(status, 0);
}

TEST_F(ServiceOutage, a_publish_that_finds_no_room_waits_then_fails_and_gives_the_input_back) {
    ServiceOptions small = options();
    small.max_outbox_bytes = 200'000;
    small.publish_timeout = 300ms;
    Tested service(small);
    Gate gate;
    std::atomic<int> failures = 0;
    std::atomic<bool> is_full = true;
    service.on_event(key("In"), [&](const Event&) {
        gate.wait();
        if (!is_full) return;
        try {
            const std::string filler(50'000, 'x');
            for (int i = 0; i < 100; ++i) service.publish_event(key("Filler"), {{"x", filler}});
        } catch (const Error& error) {
            if (error.code() == Errc::back_pressure) ++failures;
            throw;
        }
    });
    Supervised run(service);
    ASSERT_TRUE(eventually([&] { return service.ready == 1; })) << log.text();
    send("events", key("In"));
    send("events", key("In"));
    forget_probe();
    broker.block();
    gate.open();
    const bool has_failed_often = eventually([&] { return failures >= 3; });
    is_full = false;
    broker.unblock();

    EXPECT_TRUE(has_failed_often) << log.text();
    // Returned to the queue any number of times, never dead-lettered.
    EXPECT_TRUE(eventually([&] { return probe().message_count(name + ".events") == 0; }));
    EXPECT_EQ(run.stop(), 0);
    EXPECT_FALSE(log.has("dead-lettered")) << log.text();
}

}  // namespace
}  // namespace eventail::test
