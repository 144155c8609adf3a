// How run() ends, without a reachable broker, and with one.
#include "contract/service_fixture.hpp"
#include "support/loopback_peer.hpp"

#include <atomic>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

namespace eventail::test {
namespace {

class ServiceRun : public ServiceTest {
protected:
    /// No broker listens at these urls.
    ServiceOptions nowhere() const {
        ServiceOptions made = options();
        made.amqp_urls = {"amqp://127.0.0.1:" + std::to_string(refusing_port())};
        made.drain_timeout = 200ms;
        return made;
    }
    static std::error_code error_of_run(Service& service) {
        try {
            service.run();
        } catch (const Error& error) {
            return error.code();
        }
        return {};
    }
};

TEST_F(ServiceRun, ends_when_there_is_nobody_to_connect_to) {
    Service service(nowhere());

    EXPECT_EQ(service.run(), RunResult::connection_lost);
}

TEST_F(ServiceRun, reports_what_was_published_and_could_not_be_sent_before_a_stop) {
    Service service(nowhere());
    service.publish_event(key("Out"), {});
    service.stop();

    EXPECT_EQ(error_of_run(service), Errc::abandoned);
    EXPECT_TRUE(log.has("1 message published but not confirmed")) << log.text();
}

TEST_F(ServiceRun, sends_what_was_published_before_it_even_when_it_was_stopped_before_it) {
    const std::string heard = listen("events", key("Out"));
    Service service(options());
    service.publish_event(key("Out"), {});
    service.stop();

    EXPECT_EQ(service.run(), RunResult::stopped);
    EXPECT_EQ(probe().message_count(heard), 1u);
}

TEST_F(ServiceRun, confirms_what_other_threads_published_just_before_they_stopped_the_service) {
    constexpr int threads = 8;
    constexpr int rounds = 60;
    // The instant that matters is short: threads that wait for room to publish meet it.
    ServiceOptions chosen = options();
    chosen.max_outbox_bytes = 64 * 1024;
    for (int round = 0; round < rounds; ++round) {
        Tested service(chosen);
        std::atomic<int> at_work = threads;
        std::vector<std::thread> publishers;
        for (int i = 0; i < threads; ++i) {
            publishers.emplace_back([&] {
                while (service.ready == 0) std::this_thread::sleep_for(100us);
                for (int n = 0; n < 250; ++n) service.publish_event(key("Out"), {});
                if (--at_work == 0) service.stop();
            });
        }

        const std::error_code error = error_of_run(service);
        for (std::thread& publisher : publishers) publisher.join();

        ASSERT_EQ(error, std::error_code()) << round << log.text();
    }
}

TEST_F(ServiceRun, lets_a_handler_that_runs_at_the_stop_publish_and_acknowledges_its_message) {
    const std::string heard = listen("events", key("Out"));
    Tested service(options());
    Gate gate;
    std::atomic<bool> is_handling = false;
    service.on_event(key("In"), [&](const Event&) {
        is_handling = true;
        gate.wait();
        service.publish_event(key("Out"), {});
    });
    Supervised run(service);
    ASSERT_TRUE(eventually([&] { return service.ready == 1; })) << log.text();
    send("events", key("In"));
    ASSERT_TRUE(eventually([&] { return is_handling.load(); }));

    service.stop();
    gate.open();

    EXPECT_EQ(run.status(), 0) << log.text();
    EXPECT_EQ(probe().message_count(heard), 1u);
    EXPECT_EQ(probe().message_count(name + ".events"), 0u);
}

TEST_F(ServiceRun, lets_a_timer_that_runs_at_the_stop_publish) {
    const std::string heard = listen("events", key("Out"));
    Service service(options());
    const Gate never;
    service.post([&] {
        service.stop();
        // Long enough for the stand-in to end the run, if it wrongly found nothing left to do.
        never.wait_for(500ms);
        service.publish_event(key("Out"), {});
    });

    EXPECT_EQ(service.run(), RunResult::stopped) << log.text();
    EXPECT_EQ(probe().message_count(heard), 1u);
}

TEST_F(ServiceRun, sends_what_is_published_last_in_a_function_during_which_another_thread_stops) {
    const std::string heard = listen("events", key("Out"));
    Service service(options());
    service.post([&] {
        // Its goodbye drives the connections, so that the drain begins within this function.
        std::thread([&] { service.stop(); }).join();
        service.publish_event(key("Out"), {});
    });

    EXPECT_EQ(service.run(), RunResult::stopped) << log.text();
    EXPECT_EQ(probe().message_count(heard), 1u);
}

TEST_F(ServiceRun, refuses_what_a_handler_publishes_after_the_deadline_and_gives_its_message_back) {
    ServiceOptions hasty = options();
    hasty.drain_timeout = 300ms;
    Tested service(hasty);
    const Gate never;
    std::error_code code;
    std::atomic<bool> is_handling = false;
    service.on_event(key("In"), [&](const Event&) {
        is_handling = true;
        never.wait_for(1s);
        try {
            service.publish_event(key("Out"), {});
        } catch (const Error& error) {
            code = error.code();
            throw;
        }
    });
    Supervised run(service);
    ASSERT_TRUE(eventually([&] { return service.ready == 1; })) << log.text();
    send("events", key("In"));
    ASSERT_TRUE(eventually([&] { return is_handling.load(); }));

    EXPECT_EQ(run.stop(), 0) << log.text();
    EXPECT_EQ(code, Errc::stopped);
    EXPECT_TRUE(eventually([&] { return probe().message_count(name + ".events") == 1; }));
}

TEST_F(ServiceRun, throws_what_a_posted_function_threw) {
    Service service(options());
    service.post([] { throw std::runtime_error("no paper"); });

    EXPECT_THROW(service.run(), std::runtime_error);
}

TEST_F(ServiceRun, cannot_be_entered_twice) {
    Service service(options());
    std::error_code code;
    service.post([&] {
        code = error_of_run(service);
        service.stop();
    });

    EXPECT_EQ(service.run(), RunResult::stopped);
    EXPECT_EQ(code, Errc::invalid_state);
}

}  // namespace
}  // namespace eventail::test
