// Several handlers at once: which calls of user code overlap, and which do not.
// (docs/decisions/0006-what-handler-threads-overlap.md)
#include "contract/threaded_service_fixture.hpp"

#include <atomic>
#include <functional>
#include <mutex>
#include <set>
#include <string>

namespace eventail::test {
namespace {

class ServiceThreads : public ThreadedServiceTest {};

TEST_F(ServiceThreads, runs_as_many_handlers_at_once_as_asked_for_and_no_more) {
    Tested service(with_threads());
    Meeting meeting;
    Presence presence;
    std::atomic<int> met = 0;
    service.on_event(key("In"), [&](const Event&) {
        const Presence::Inside inside(presence);
        if (meeting.join()) ++met;
    });
    Supervised run(service);
    ASSERT_TRUE(eventually([&] { return service.ready == 1; })) << log.text();

    send_events(20);

    EXPECT_TRUE(eventually([&] { return met == 20; })) << met;
    EXPECT_EQ(run.stop(), 0) << log.text();
    EXPECT_EQ(presence.most(), threads);
    EXPECT_EQ(waiting(), 0u);
}

TEST_F(ServiceThreads, begins_messages_in_the_order_in_which_they_came) {
    Tested service(with_threads());
    Gate gate;
    std::mutex mutex;
    std::set<int> begun;
    service.on_event(key("In"), [&](const Event& event) {
        {
            const std::lock_guard lock(mutex);
            begun.insert(event.payload["n"].get<int>());
        }
        gate.wait();
    });
    const auto are_begun = [&](const std::set<int>& wanted) {
        return eventually([&] {
            const std::lock_guard lock(mutex);
            return begun == wanted;
        });
    };
    Supervised run(service);
    ASSERT_TRUE(eventually([&] { return service.ready == 1; })) << log.text();

    send_events(8);

    EXPECT_TRUE(are_begun({0, 1, 2, 3}));
    gate.open();
    EXPECT_TRUE(are_begun({0, 1, 2, 3, 4, 5, 6, 7}));
    EXPECT_EQ(run.stop(), 0) << log.text();
}

TEST_F(ServiceThreads, runs_timers_and_posted_functions_beside_handlers) {
    Tested service(with_threads());
    Meeting meeting;
    std::atomic<int> met = 0;
    service.on_event(key("In"), [&](const Event&) {
        if (meeting.join()) ++met;
    });
    Supervised run(service);
    ASSERT_TRUE(eventually([&] { return service.ready == 1; })) << log.text();

    send_events(2);
    service.post([&] {
        if (meeting.join()) ++met;
    });
    service.call_later(20ms, [&] {
        if (meeting.join()) ++met;
    });

    EXPECT_TRUE(eventually([&] { return met == threads; })) << met;
    EXPECT_EQ(run.stop(), 0) << log.text();
}

TEST_F(ServiceThreads, runs_on_ready_and_handlers_of_configurations_beside_nothing) {
    class Configured : public Service {
    public:
        using Service::Service;
        void on_ready() override {
            const Presence::Inside inside(alone);
            if (others.now() > 0) ++overlaps;
            is_ready = true;
        }
        Presence alone;
        Presence others;
        std::atomic<int> overlaps = 0;
        std::atomic<bool> is_ready = false;
    };
    Configured service(with_threads());
    std::atomic<int> configurations = 0;
    std::atomic<int> events = 0;
    service.on_config(key("Settings"), [&](const Configuration&) {
        const Presence::Inside inside(service.alone);
        ::poll(nullptr, 0, 1);
        if (service.others.now() > 0) ++service.overlaps;
        ++configurations;
        return true;
    });
    service.on_event(key("In"), [&](const Event&) {
        const Presence::Inside inside(service.others);
        if (service.alone.now() > 0) ++service.overlaps;
        ::poll(nullptr, 0, 1);
        ++events;
    });
    // A timer that begins whenever it may.
    std::function<void()> tick = [&] {
        const Presence::Inside inside(service.others);
        if (service.alone.now() > 0) ++service.overlaps;
        if (configurations < 10 || events < 100) service.post(tick);
    };
    service.post(tick);
    Supervised run(service);
    const auto configure = [&] { send("configurations", key("Settings")); };
    ASSERT_TRUE(eventually([&] {
        configure();
        return service.is_ready.load();
    })) << log.text();

    for (int i = 0; i < 10; ++i) {
        send_events(10);
        configure();
    }

    EXPECT_TRUE(eventually([&] { return configurations >= 10 && events == 100; }))
        << configurations << " " << events;
    EXPECT_EQ(run.stop(), 0) << log.text();
    EXPECT_EQ(service.overlaps, 0);
}

TEST_F(ServiceThreads, raises_the_prefetch_so_that_no_thread_is_idle) {
    ServiceOptions few = with_threads();
    few.prefetch_count = 1;
    Tested service(few);
    Meeting meeting;
    std::atomic<int> met = 0;
    service.on_event(key("In"), [&](const Event&) {
        if (meeting.join()) ++met;
    });
    Supervised run(service);
    ASSERT_TRUE(eventually([&] { return service.ready == 1; })) << log.text();

    send_events(threads);

    EXPECT_TRUE(eventually([&] { return met == threads; })) << met;
    EXPECT_EQ(run.stop(), 0);
}

TEST_F(ServiceThreads, keeps_the_connection_while_all_handlers_are_busy_for_long) {
    ServiceOptions hearty = with_threads();
    hearty.heartbeat = 1s;
    Tested service(hearty);
    Meeting meeting;
    const Gate never;
    std::atomic<int> ended = 0;
    service.on_event(key("In"), [&](const Event&) {
        meeting.join();
        never.wait_for(4s);
        ++ended;
    });
    Supervised run(service);
    ASSERT_TRUE(eventually([&] { return service.ready == 1; })) << log.text();

    send_events(threads);

    EXPECT_TRUE(eventually([&] { return ended == threads; })) << ended;
    EXPECT_EQ(service.ready, 1) << log.text();
    EXPECT_EQ(run.stop(), 0);
    EXPECT_EQ(waiting(), 0u);
}

}  // namespace
}  // namespace eventail::test
