// Several handlers at once: every promise about one holds for each of them. (protocol.md,
// "Acknowledgement: nothing is lost")
#include "contract/threaded_service_fixture.hpp"

#include <atomic>
#include <memory>
#include <mutex>
#include <set>
#include <span>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace eventail::test {
namespace {

class ServiceThreadsPromise : public ThreadedServiceTest {};

TEST_F(ServiceThreadsPromise, a_stop_lets_all_running_handlers_end_and_gives_back_what_waits) {
    const std::string heard = listen("events", key("Out"));
    ServiceOptions many = with_threads();
    many.prefetch_count = 10;
    Tested service(many);
    Gate gate;
    Meeting meeting;
    service.on_event(key("In"), [&](const Event&) {
        meeting.join(1);
        gate.wait();
        service.publish_event(key("Out"), {});
    });
    Supervised run(service);
    ASSERT_TRUE(eventually([&] { return service.ready == 1; })) << log.text();
    send_events(10);
    ASSERT_TRUE(eventually([&] { return meeting.come() == threads; }));

    service.stop();
    // It stops while they still run: messages that wait in the service go back at once.
    EXPECT_TRUE(eventually([&] { return waiting() == 10 - threads; })) << waiting();
    EXPECT_FALSE(run.is_over());
    gate.open();

    EXPECT_EQ(run.status(), 0) << log.text();
    EXPECT_EQ(meeting.come(), threads);
    EXPECT_EQ(probe().message_count(heard), static_cast<std::uint64_t>(threads));
    EXPECT_EQ(waiting(), static_cast<std::uint64_t>(10 - threads));
}

TEST_F(ServiceThreadsPromise,
       closes_the_connections_at_the_deadline_though_one_of_several_still_runs) {
    ServiceOptions hasty = with_threads();
    hasty.drain_timeout = 300ms;
    Tested service(hasty);
    Gate gate;
    std::atomic<int> handling = 0;
    service.on_event(key("In"), [&](const Event& event) {
        ++handling;
        if (event.payload["n"].get<int>() == 0) gate.wait();
    });
    Supervised run(service);
    ASSERT_TRUE(eventually([&] { return service.ready == 1; })) << log.text();
    send_events(3);
    ASSERT_TRUE(eventually([&] { return handling == 3; }));

    service.stop();

    EXPECT_TRUE(eventually([&] { return waiting() == 1; }));
    EXPECT_FALSE(run.is_over());
    gate.open();
    EXPECT_EQ(run.status(), 0) << log.text();
    EXPECT_EQ(waiting(), 1u);
}

TEST_F(ServiceThreadsPromise,
       gives_back_each_message_whose_handler_throws_and_acknowledges_the_others) {
    const std::string dead = dead_letters();
    Tested service(with_threads());
    Meeting meeting;
    std::atomic<int> good = 0;
    std::atomic<int> bad = 0;
    service.on_event(key("In"), [&](const Event& event) {
        meeting.join();
        if (event.payload["n"].get<int>() % 2 == 0) {
            ++good;
            return;
        }
        ++bad;
        throw std::runtime_error("out of paper");
    });
    Supervised run(service);
    ASSERT_TRUE(eventually([&] { return service.ready == 1; })) << log.text();

    send_events(threads);

    EXPECT_TRUE(eventually([&] { return bad == threads; })) << bad;
    EXPECT_TRUE(eventually([&] { return probe().message_count(dead) == threads / 2; }));
    EXPECT_EQ(run.stop(), 0) << log.text();
    EXPECT_EQ(good, threads / 2);
    EXPECT_EQ(log.count("ALERT"), static_cast<std::size_t>(threads / 2)) << log.text();
    EXPECT_EQ(waiting(), 0u);
}

TEST_F(ServiceThreadsPromise, stops_with_what_one_of_several_functions_threw_first) {
    Service service(with_threads());
    Meeting meeting;
    for (int i = 0; i < threads; ++i) {
        service.post([&] {
            meeting.join();
            throw std::runtime_error("no paper");
        });
    }

    EXPECT_THROW(service.run(), std::runtime_error);
    EXPECT_EQ(log.count("no paper"), static_cast<std::size_t>(threads)) << log.text();
}

TEST_F(ServiceThreadsPromise, lets_several_handlers_wait_for_room_at_once) {
    const std::string heard = listen("events", key("Out"));
    ServiceOptions narrow = with_threads();
    narrow.max_outbox_bytes = 64 * 1024;
    Tested service(narrow);
    const std::string large(30 * 1024, 'x');
    service.on_event(key("In"), [&](const Event&) {
        for (int i = 0; i < 20; ++i) service.publish_event(key("Out"), {{"text", large}});
    });
    Supervised run(service);
    ASSERT_TRUE(eventually([&] { return service.ready == 1; })) << log.text();

    send_events(threads);

    EXPECT_TRUE(eventually([&] { return probe().message_count(heard) == 20 * threads; }));
    EXPECT_EQ(run.stop(), 0) << log.text();
    EXPECT_EQ(waiting(), 0u);
}

TEST_F(ServiceThreadsPromise, acknowledges_by_hand_from_other_threads_what_several_handlers_left) {
    ServiceOptions many = with_threads();
    many.prefetch_count = 50;
    Tested service(many);
    std::mutex mutex;
    std::vector<std::uint64_t> held;
    service.on_event(key("In"), [&](const Event& event) {
        const std::lock_guard lock(mutex);
        held.push_back(event.metadata.delivery_token);
        return Ack::manual;
    });
    Supervised run(service);
    ASSERT_TRUE(eventually([&] { return service.ready == 1; })) << log.text();
    send_events(50);
    ASSERT_TRUE(eventually([&] {
        const std::lock_guard lock(mutex);
        return held.size() == 50;
    }));

    std::vector<std::thread> acknowledging;
    for (std::size_t thread = 0; thread < 2; ++thread) {
        acknowledging.emplace_back([&, thread] {
            for (std::size_t i = thread; i < 50; i += 2) service.manual_ack(held[i]);
        });
    }
    for (std::thread& each : acknowledging) each.join();

    EXPECT_EQ(run.stop(), 0) << log.text();
    EXPECT_EQ(waiting(), 0u);
}

class ServiceThreadsBrokerDeath : public ThreadedServiceTest {
protected:
    ServiceThreadsBrokerDeath() : ThreadedServiceTest(*new_broker()) {}
    static void TearDownTestSuite() { own_.reset(); }

private:
    static Broker* new_broker() {
        own_ = Broker::start();
        return own_.get();
    }
    static inline std::unique_ptr<Broker> own_;
};

TEST_F(ServiceThreadsBrokerDeath, nothing_is_lost_when_the_broker_is_killed_under_four_handlers) {
    constexpr int events = 2'000;
    const std::string heard = listen("events", key("Out"));
    ServiceOptions many = with_threads();
    many.prefetch_count = 50;
    many.drain_timeout = 20s;
    Tested service(many);
    std::mutex mutex;
    std::set<int> done;
    Presence presence;
    service.on_event(key("In"), [&](const Event& event) {
        const Presence::Inside inside(presence);
        ::poll(nullptr, 0, 1);
        const int number = event.payload["n"].get<int>();
        service.publish_event(key("Out"), {{"n", number}});
        const std::lock_guard lock(mutex);
        done.insert(number);
    });
    const auto count = [&] {
        const std::lock_guard lock(mutex);
        return done.size();
    };
    Supervised run(service);
    ASSERT_TRUE(eventually([&] { return service.ready == 1; })) << log.text();
    for (int i = 0; i < events; ++i) service.publish_event(key("In"), {{"n", i}});
    ASSERT_TRUE(eventually([&] { return count() > events / 5; })) << count();

    forget_probe();
    broker.kill();
    broker.restart();
    ASSERT_TRUE(eventually([&] { return count() == events; }, 40s)) << count() << log.text();
    ASSERT_EQ(run.stop(), 0) << log.text();

    std::set<int> arrived;
    probe().consume(heard);
    while (const auto message = probe().next(1s)) {
        const Payload payload = Payload::from_cbor(std::as_bytes(std::span(message->body)));
        arrived.insert(payload["n"].get<int>());
    }
    EXPECT_EQ(arrived.size(), static_cast<std::size_t>(events));
    EXPECT_EQ(probe().message_count(name + ".events"), 0u);
    EXPECT_EQ(presence.most(), threads);
    EXPECT_GE(service.ready, 2);
}

}  // namespace
}  // namespace eventail::test
