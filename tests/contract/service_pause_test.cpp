// A lost connection costs nothing else, no matter what timers and handlers do meanwhile; and
// problems are reported when they happen.
#include "contract/service_fixture.hpp"

#include <functional>
#include <string>

namespace eventail::test {
namespace {

/// With one thread for user code, and with several.
class ServicePause : public ServiceTest, public testing::WithParamInterface<unsigned> {
protected:
    ServiceOptions with_threads() const {
        ServiceOptions made = options();
        made.handler_threads = GetParam();
        return made;
    }
};

INSTANTIATE_TEST_SUITE_P(Threads, ServicePause, testing::Values(1u, 3u));

TEST_P(ServicePause, a_timer_that_is_always_due_does_not_keep_it_from_connecting_again) {
    Tested service(with_threads());
    service.on_event(key("In"), [](const Event&) {});
    const Gate never;
    std::atomic<bool> is_over = false;
    std::function<void()> poll = [&] {
        if (is_over) return;
        service.call_later(2ms, poll);
        never.wait_for(5ms);
    };
    service.call_later(0ms, poll);
    Supervised run(service);
    ASSERT_TRUE(eventually([&] { return service.ready == 1; })) << log.text();

    broker.close_connections("first");
    ASSERT_TRUE(eventually([&] { return service.ready == 2; })) << log.text();
    broker.close_connections("second");
    EXPECT_TRUE(eventually([&] { return service.ready == 3; })) << log.text();

    is_over = true;
    EXPECT_EQ(run.stop(), 0);
}

TEST_P(ServicePause, a_publisher_that_waits_for_room_does_not_keep_it_from_connecting_again) {
    ServiceOptions small = with_threads();
    small.max_outbox_bytes = 200'000;
    small.publish_timeout = 1h;
    Tested service(small);
    Gate gate;
    std::atomic<bool> is_full = true;
    std::atomic<int> begun = 0;
    std::atomic<int> published = 0;
    service.on_event(key("In"), [&](const Event&) {
        ++begun;
        gate.wait();
        const std::string filler(50'000, 'x');
        for (int i = 0; i < 100 && is_full; ++i, ++published) {
            service.publish_event(key("Filler"), {{"x", filler}});
        }
    });
    Supervised run(service);
    ASSERT_TRUE(eventually([&] { return service.ready == 1; })) << log.text();
    send("events", key("In"));
    ASSERT_TRUE(eventually([&] { return begun == 1; }));
    forget_probe();
    broker.block();
    gate.open();
    ASSERT_TRUE(eventually([&] { return published >= 3; }));

    broker.close_connections("maintenance");
    const bool is_connected_again = eventually([&] { return log.has("connected again"); });
    // on_ready needs a thread, and the only one waits.
    const bool has_to_wait = GetParam() == 1;
    const bool is_ready_again = has_to_wait || eventually([&] { return service.ready == 2; });
    is_full = false;
    broker.unblock();

    EXPECT_TRUE(is_connected_again && is_ready_again) << log.text();
    EXPECT_TRUE(eventually([&] { return service.ready == 2; })) << log.text();
    EXPECT_TRUE(eventually([&] { return probe().message_count(name + ".events") == 0; }));
    EXPECT_EQ(run.stop(), 0);
    EXPECT_FALSE(log.has("dead-lettered")) << log.text();
    EXPECT_FALSE(log.has("max_outbox_bytes")) << log.text();
}

TEST_P(ServicePause, a_handler_that_threw_is_logged_before_anything_else_happens) {
    const std::string records = listen("logs", name + ".ALERT");
    ServiceOptions quiet = with_threads();
    quiet.heartbeat = 1min;
    Tested service(quiet);
    service.on_event(key("In"), [](const Event& event) {
        if (!event.metadata.is_redelivered) throw std::runtime_error("no such user");
    });
    Supervised run(service);
    ASSERT_TRUE(eventually([&] { return service.ready == 1; })) << log.text();

    send("events", key("In"));

    EXPECT_TRUE(eventually([&] { return log.has("no such user"); }, 5s));
    EXPECT_NE(probe().take(records).body.find("no such user"), std::string::npos);
    EXPECT_EQ(run.stop(), 0);
}

}  // namespace
}  // namespace eventail::test
