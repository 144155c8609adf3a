// A service reconnects while user code of the lost connection still runs. That code can no longer
// change anything. (docs/decisions/0017-reconnecting-does-not-wait-for-handlers.md)
#include "contract/threaded_service_fixture.hpp"

#include <atomic>
#include <functional>
#include <optional>
#include <string>
#include <thread>

namespace eventail::test {
namespace {

class ServiceReconnect : public ThreadedServiceTest {
protected:
    class OnceGate : public Gate {
    public:
        void open_once() {
            if (!was_opened_.exchange(true)) open();
        }

    private:
        std::atomic<bool> was_opened_ = false;
    };
    /// Declared after what runs the service, so that nobody waits for ever when a test fails.
    class OpenedInTheEnd {
    public:
        explicit OpenedInTheEnd(OnceGate& gate) : gate_(gate) {}
        ~OpenedInTheEnd() { gate_.open_once(); }
        OpenedInTheEnd(const OpenedInTheEnd&) = delete;
        OpenedInTheEnd& operator=(const OpenedInTheEnd&) = delete;

    private:
        OnceGate& gate_;
    };
    /// Counts calls. on_ready or on_unconfigured may wait.
    class Waiting : public Service {
    public:
        using Service::Service;
        void on_ready() override {
            ++begun;
            if (in_ready) in_ready();
            ++ready;
        }
        void on_unconfigured() override { ++unconfigured; }

        std::function<void()> in_ready = {};
        std::atomic<int> begun = 0;
        std::atomic<int> ready = 0;
        std::atomic<int> unconfigured = 0;
    };
    void loses_connections() {
        forget_probe();
        broker.close_connections("maintenance");
    }
};

TEST_F(ServiceReconnect, consumes_in_the_other_threads_while_a_handler_runs_on) {
    const std::string heard = listen("events", key("Out"));
    OnceGate gate;
    Tested service(with_threads());
    std::atomic<int> blocked = 0;
    std::atomic<int> handled = 0;
    service.on_event(key("In"), [&](const Event&) {
        if (++blocked == 1) {
            gate.wait();
            service.publish_event(key("Out"), {});
        } else {
            ++handled;
        }
    });
    Supervised run(service);
    const OpenedInTheEnd opened(gate);
    ASSERT_TRUE(eventually([&] { return service.ready == 1; })) << log.text();
    send_events(1);
    ASSERT_TRUE(eventually([&] { return blocked == 1; }));

    loses_connections();

    EXPECT_TRUE(eventually([&] { return service.ready == 2; })) << log.text();
    EXPECT_TRUE(eventually([&] { return handled == 1; })) << "it comes again";
    send_events(3);
    EXPECT_TRUE(eventually([&] { return handled == 4; }));
    gate.open_once();
    EXPECT_EQ(probe().take(heard).routing_key, key("Out")) << "published by the stale handler";
    EXPECT_EQ(run.stop(), 0) << log.text();
    EXPECT_EQ(waiting(), 0u);
}

TEST_F(ServiceReconnect, consumes_again_also_if_nobody_supervises_it) {
    OnceGate gate;
    Tested service(with_threads());
    std::atomic<int> begun = 0;
    service.on_event(key("In"), [&](const Event&) {
        if (++begun == 1) gate.wait();
    });
    std::optional<RunResult> result;
    std::thread thread([&] { result = service.run(); });
    EXPECT_TRUE(eventually([&] { return service.ready == 1; })) << log.text();
    send_events(1);
    EXPECT_TRUE(eventually([&] { return begun == 1; }));

    loses_connections();
    EXPECT_TRUE(eventually([&] { return service.ready == 2; })) << log.text();
    EXPECT_TRUE(eventually([&] { return begun == 2; }));
    gate.open_once();
    service.stop();
    thread.join();

    EXPECT_EQ(result, RunResult::stopped);
    EXPECT_EQ(waiting(), 0u);
}

TEST_F(ServiceReconnect, connects_and_publishes_while_the_handler_of_its_only_thread_runs_on) {
    const std::string heard = listen("events", key("Out"));
    OnceGate gate;
    ServiceOptions lively = options();
    lively.heartbeat = 2s;
    Tested service(lively);
    std::atomic<int> begun = 0;
    service.on_event(key("In"), [&](const Event&) {
        if (++begun == 1) gate.wait();
    });
    Supervised run(service);
    const OpenedInTheEnd opened(gate);
    ASSERT_TRUE(eventually([&] { return service.ready == 1; })) << log.text();
    send_events(1);
    ASSERT_TRUE(eventually([&] { return begun == 1; }));

    loses_connections();
    ASSERT_TRUE(eventually([&] { return log.has("connection lost"); })) << log.text();
    send_events(2);
    service.publish_event(key("Out"), {});

    EXPECT_TRUE(eventually([&] { return waiting() == 0; })) << "it consumes";
    EXPECT_EQ(probe().take(heard).routing_key, key("Out"));
    EXPECT_EQ(service.ready, 1);
    EXPECT_EQ(begun, 1);
    gate.open_once();
    EXPECT_TRUE(eventually([&] { return service.ready == 2; })) << log.text();
    EXPECT_TRUE(eventually([&] { return begun == 4; }));
    EXPECT_EQ(run.stop(), 0) << log.text();
    EXPECT_EQ(waiting(), 0u);
}

TEST_F(ServiceReconnect, is_not_made_ready_by_a_stale_on_ready) {
    OnceGate first;
    OnceGate second;
    std::atomic<int> handled = 0;
    Waiting service(with_threads());
    service.in_ready = [&] { (service.begun == 1 ? first : second).wait(); };
    service.on_event(key("In"), [&](const Event&) { ++handled; });
    Supervised run(service);
    const OpenedInTheEnd opened(first);
    const OpenedInTheEnd opened_second(second);
    ASSERT_TRUE(eventually([&] { return service.begun == 1; })) << log.text();
    send_events(1);

    loses_connections();
    ASSERT_TRUE(eventually([&] { return service.begun == 2; })) << log.text();
    first.open_once();
    ASSERT_TRUE(eventually([&] { return service.ready == 1; }));
    // It would begin at once; there is no other sign that it does not.
    EXPECT_FALSE(eventually([&] { return handled == 1; }, 300ms));
    second.open_once();

    EXPECT_TRUE(eventually([&] { return handled == 1; }));
    EXPECT_EQ(run.stop(), 0) << log.text();
}

TEST_F(ServiceReconnect, is_not_configured_by_a_stale_handler_of_configurations) {
    OnceGate gate;
    std::atomic<int> asked = 0;
    Waiting service(with_threads());
    service.on_config(key("Limits"), [&](const Configuration&) {
        if (++asked > 1) return true;
        gate.wait();
        return true;
    });
    Supervised run(service);
    const OpenedInTheEnd opened(gate);
    ASSERT_TRUE(eventually([&] { return service.unconfigured == 1; })) << log.text();
    ASSERT_TRUE(eventually([&] { return send("configurations", key("Limits")); }));
    ASSERT_TRUE(eventually([&] { return asked == 1; }));

    loses_connections();
    ASSERT_TRUE(eventually([&] { return service.unconfigured == 2; })) << log.text();
    gate.open_once();
    EXPECT_FALSE(eventually([&] { return service.ready == 1; }, 300ms));
    ASSERT_TRUE(eventually([&] { return send("configurations", key("Limits")); }));

    EXPECT_TRUE(eventually([&] { return service.ready == 1; })) << log.text();
    EXPECT_EQ(run.stop(), 0) << log.text();
}

TEST_F(ServiceReconnect, does_not_wait_for_a_function_that_runs_on) {
    OnceGate gate;
    Tested service(with_threads());
    std::atomic<int> handled = 0;
    std::atomic<bool> has_begun = false;
    service.on_event(key("In"), [&](const Event&) { ++handled; });
    Supervised run(service);
    const OpenedInTheEnd opened(gate);
    ASSERT_TRUE(eventually([&] { return service.ready == 1; })) << log.text();
    service.post([&] {
        has_begun = true;
        gate.wait();
    });
    ASSERT_TRUE(eventually([&] { return has_begun.load(); }));

    loses_connections();
    ASSERT_TRUE(eventually([&] { return service.ready == 2; })) << log.text();
    send_events(1);

    EXPECT_TRUE(eventually([&] { return handled == 1; }));
    gate.open_once();
    EXPECT_EQ(run.stop(), 0) << log.text();
}

TEST_F(ServiceReconnect, with_a_full_outbox_costs_no_more_than_the_outage) {
    ServiceOptions small = with_threads();
    small.max_outbox_bytes = 200'000;
    small.publish_timeout = 1h;
    Tested service(small);
    OnceGate gate;
    Meeting meeting;
    std::atomic<bool> is_full = true;
    std::atomic<int> published = 0;
    std::atomic<int> handled = 0;
    service.on_event(key("In"), [&](const Event&) {
        meeting.join();
        gate.wait();
        const std::string filler(50'000, 'x');
        for (; is_full; ++published) service.publish_event(key("Filler"), {{"x", filler}});
        ++handled;
    });
    Supervised run(service);
    const OpenedInTheEnd opened(gate);
    ASSERT_TRUE(eventually([&] { return service.ready == 1; })) << log.text();
    send_events(threads);
    ASSERT_TRUE(eventually([&] { return meeting.come() == threads; }));
    forget_probe();
    broker.block();
    gate.open_once();
    const bool is_filled = eventually([&] { return published >= 3; });

    loses_connections();
    const bool is_lost = eventually([&] { return log.has("connection lost"); });
    is_full = false;
    broker.unblock();

    EXPECT_TRUE(is_filled && is_lost) << log.text();
    EXPECT_TRUE(eventually([&] { return service.ready == 2; })) << log.text();
    EXPECT_TRUE(eventually([&] { return waiting() == 0 && handled >= threads; })) << log.text();
    EXPECT_EQ(run.stop(), 0) << log.text();
    EXPECT_FALSE(log.has("max_outbox_bytes")) << log.text();
}

}  // namespace
}  // namespace eventail::test
