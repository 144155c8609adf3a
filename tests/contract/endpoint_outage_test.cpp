// An endpoint while the broker dies, is away, or accepts no messages.
#include "support/broker.hpp"
#include "support/probe.hpp"
#include <eventail/endpoint.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <future>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace eventail {
namespace {

using namespace std::chrono_literals;
using test::Broker;
using test::Probe;
using test::RawMessage;
using Clock = std::chrono::steady_clock;

class EndpointOutageTest : public testing::Test {
protected:
    EndpointOutageTest() {
        Probe probe(broker_.url());
        probe.declare_queue("kept");
        probe.bind("kept", "events", "#");
        // RabbitMQ may forget a binding if it is killed right after it was declared.
        broker_.restart();
    }
    EndpointOptions options() const {
        return {.amqp_urls = {broker_.url()}, .logical_service = "clock"};
    }

private:
    const std::unique_ptr<Broker> own_ = Broker::start();

protected:
    Broker& broker_ = *own_;
};

template <typename Condition>
bool comes_true(Condition condition, std::chrono::seconds patience) {
    const auto give_up = Clock::now() + patience;
    while (!condition()) {
        if (Clock::now() > give_up) return false;
        std::this_thread::sleep_for(5ms);
    }
    return true;
}

TEST_F(EndpointOutageTest, every_event_of_eight_threads_arrives_while_the_broker_dies_thrice) {
    constexpr int thread_count = 8;
    constexpr int events_per_thread = 5000;
    constexpr int all = thread_count * events_per_thread;
    Endpoint endpoint(options());
    endpoint.set_encoding(Encoding::json);
    std::atomic<int> returned = 0;

    std::vector<std::future<void>> threads;
    for (int thread = 0; thread < thread_count; ++thread) {
        threads.push_back(std::async(std::launch::async, [&, thread] {
            for (int i = 0; i < events_per_thread; ++i, ++returned) {
                endpoint.publish_event("Counted", thread * events_per_thread + i);
            }
        }));
    }
    for (const int milestone : {all / 10, all / 2, all * 8 / 10}) {
        ASSERT_TRUE(comes_true([&] { return returned >= milestone; }, 120s)) << returned;
        broker_.kill();
        broker_.restart();
    }
    for (std::future<void>& thread : threads) thread.get();

    std::map<std::string, std::string> id_of_event;
    int copies = 0;
    Probe probe(broker_.url());
    probe.consume("kept");
    while (const auto message = probe.next(2s)) {
        const auto [at, is_new] = id_of_event.emplace(message->body, message->message_id());
        EXPECT_EQ(at->second, message->message_id()) << "another id for " << message->body;
        if (!is_new) ++copies;
    }
    EXPECT_EQ(returned, all);
    EXPECT_EQ(id_of_event.size(), static_cast<std::size_t>(all));
    std::cout << "copies of resent events: " << copies << std::endl;
}

TEST_F(EndpointOutageTest, with_retries_for_ever_it_waits_for_the_broker_to_come_back) {
    // RabbitMQ's tests run one after the other; those of embedded brokers run in parallel.
    const char* const kind = std::getenv("EVENTAIL_TEST_BROKER");
    const std::chrono::seconds outage = kind == nullptr ? 10s : 60s;
    Endpoint endpoint(options());
    endpoint.publish_event("Counted", 1);
    broker_.kill();
    const Clock::time_point start = Clock::now();

    auto waiting = std::async(std::launch::async, [&] { endpoint.publish_event("Counted", 2); });
    EXPECT_EQ(waiting.wait_for(outage), std::future_status::timeout);
    broker_.restart();
    ASSERT_EQ(waiting.wait_for(40s), std::future_status::ready);
    waiting.get();

    std::cout << "delivered " << std::chrono::duration<double>(Clock::now() - start).count()
              << " s after the broker had gone" << std::endl;
    Probe probe(broker_.url());
    EXPECT_EQ(probe.take("kept").body, "\x01");
    EXPECT_EQ(probe.take("kept").body, "\x02");
}

TEST_F(EndpointOutageTest, an_alarm_makes_it_wait_but_those_with_limited_tries_get_an_answer) {
    EndpointOptions chosen = options();
    chosen.confirm_timeout = 500ms;
    Endpoint endpoint(chosen);
    endpoint.publish_event("Counted", 1);
    broker_.block();

    std::string text;
    try {
        endpoint.publish_event("Counted", 2, {.max_retries = 1});
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), Errc::not_sent);
        text = error.what();
    }
    auto waiting = std::async(std::launch::async, [&] { endpoint.publish_event("Counted", 3); });
    EXPECT_EQ(waiting.wait_for(3s), std::future_status::timeout);
    broker_.unblock();
    const auto outcome = waiting.wait_for(5s);

    EXPECT_NE(text.find("not confirmed after 2 tries"), std::string::npos) << text;
    EXPECT_NE(text.find("alarm"), std::string::npos) << text;
    EXPECT_EQ(outcome, std::future_status::ready);
}

}  // namespace
}  // namespace eventail
