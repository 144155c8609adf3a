// A service on a broker without faults: every kind of message in and out, acknowledgement, threads.
#include "contract/service_fixture.hpp"

#include <future>
#include <map>
#include <mutex>
#include <set>
#include <stdexcept>
#include <vector>

namespace eventail::test {
namespace {

using testing::HasSubstr;

class ServiceOnBroker : public ServiceTest {};

TEST_F(ServiceOnBroker, answers_a_command_in_its_conversation) {
    const std::string answers = listen("commands", key("caller.EchoReturn"));
    Tested service(options());
    service.on_command(key("Echo"), [&](const Command& command) {
        service.return_success(command, {{"echo", command.payload["text"].get<std::string>()}});
    });
    Supervised run(service);
    ASSERT_TRUE(eventually([&] { return service.ready == 1; })) << log.text();

    send("commands", key("Echo"),
         {.body = R"({"text":"hello"})",
          .conversation_id = "talk",
          .reply_to = key("caller.EchoReturn"),
          .correlation_id = "one"});
    const RawMessage answer = probe().take(answers);

    EXPECT_EQ(answer.header("conversation_id"), "talk");
    EXPECT_EQ(answer.header("status"), "success");
    EXPECT_EQ(answer.properties.correlation_id, "one");
    EXPECT_EQ(answer.properties.content_type, "application/cbor");
    EXPECT_EQ(answer.properties.delivery_mode, 2);
    EXPECT_EQ(answer.properties.app_id, name);
    EXPECT_EQ(answer.body,
              "\xA1\x64"
              "echo"
              "\x65"
              "hello");
    EXPECT_EQ(run.stop(), 0);
    EXPECT_EQ(probe().message_count(name + ".commands"), 0u);
}

TEST_F(ServiceOnBroker, gets_the_answer_to_its_command_in_the_same_conversation) {
    ServiceOptions other = options();
    other.logical_service = name + "_other";
    Tested callee(other);
    callee.on_command(key("other.Divide"), [&](const Command& command) {
        const int by = command.payload["by"].get<int>();
        if (by == 0) return callee.return_error(command, {{"why", "by zero"}});
        callee.return_success(command, {{"quotient", 12 / by}});
    });
    Tested caller(options());
    std::mutex mutex;
    std::map<std::string, Result> results;
    caller.on_result(key("DivideReturn"), [&](const Result& result) {
        const std::lock_guard lock(mutex);
        results[result.correlation_id] = result;
    });
    Supervised callee_run(callee);
    Supervised caller_run(caller);
    ASSERT_TRUE(eventually([&] { return callee.ready == 1 && caller.ready == 1; }));

    const std::string good = caller.send_command(key("other.Divide"), {{"by", 3}},
                                                 key("DivideReturn"), {.conversation_id = "talk"});
    const std::string bad = caller.send_command(key("other.Divide"), {{"by", 0}},
                                                key("DivideReturn"), {.correlation_id = "zero"});
    const bool has_both = eventually([&] {
        const std::lock_guard lock(mutex);
        return results.size() == 2;
    });
    caller_run.stop();
    callee_run.stop();
    probe().delete_queue(name + "_other.commands");

    ASSERT_TRUE(has_both) << log.text();
    EXPECT_EQ(bad, "zero");
    EXPECT_TRUE(results[good].is_success);
    EXPECT_EQ(results[good].conversation_id, "talk");
    EXPECT_EQ(results[good].payload["quotient"].get<int>(), 4);
    EXPECT_FALSE(results[bad].is_success);
    EXPECT_FALSE(results[bad].conversation_id.empty());
    EXPECT_EQ(results[bad].payload["why"].get<std::string>(), "by zero");
}

TEST_F(ServiceOnBroker, speaks_json_when_told_to) {
    const std::string events = listen("events", key("Said"));
    Tested service(options());
    service.set_encoding(Encoding::json);
    service.publish_event(key("Said"), {{"word", "ö"}}, {.conversation_id = "talk"});

    Supervised run(service);
    const RawMessage event = probe().take(events);

    EXPECT_EQ(event.properties.content_type, "application/json");
    EXPECT_EQ(event.body, R"({"word":"ö"})");
    EXPECT_EQ(event.header("conversation_id"), "talk");
}

TEST_F(ServiceOnBroker, gives_a_message_back_once_when_its_handler_throws_then_dead_letters_it) {
    const std::string dead = dead_letters();
    Tested service(options());
    std::atomic<int> first_tries = 0;
    std::atomic<int> second_tries = 0;
    service.on_event(key("Broken"), [&](const Event& event) {
        event.metadata.is_redelivered ? ++second_tries : ++first_tries;
        throw std::runtime_error("out of paper");
    });
    Supervised run(service);
    ASSERT_TRUE(eventually([&] { return service.ready == 1; })) << log.text();

    send("events", key("Broken"), {.message_id = "m-1"});
    const RawMessage letter = probe().take(dead);

    EXPECT_EQ(letter.message_id(), "m-1");
    EXPECT_EQ(first_tries, 1);
    EXPECT_EQ(second_tries, 1);
    EXPECT_EQ(run.stop(), 0);
    EXPECT_EQ(log.count("ALERT"), 1u) << log.text();
    EXPECT_EQ(log.count("EMERGENCY"), 1u) << log.text();
    EXPECT_TRUE(log.has("out of paper"));
}

TEST_F(ServiceOnBroker, acknowledges_by_hand_one_or_all_up_to_it) {
    ServiceOptions few = options();
    few.prefetch_count = 5;
    Tested service(few);
    std::mutex mutex;
    std::vector<std::uint64_t> tags;
    service.on_event(key("Held"), [&](const Event& event) {
        const std::lock_guard lock(mutex);
        tags.push_back(event.metadata.delivery_token);
        return Ack::manual;
    });
    const auto received = [&] {
        const std::lock_guard lock(mutex);
        return tags.size();
    };
    Supervised run(service);
    ASSERT_TRUE(eventually([&] { return service.ready == 1; })) << log.text();
    for (int i = 0; i < 7; ++i) send("events", key("Held"));
    ASSERT_TRUE(eventually([&] { return received() == 5; }));

    service.manual_ack(tags[1]);
    service.manual_ack(tags[2], Deliveries::up_to_this);
    const bool have_two_more_come = eventually([&] { return received() == 7; });
    service.manual_nack(tags[3], Nack::requeue);
    const bool has_come_again = eventually([&] { return received() == 8; });

    EXPECT_TRUE(have_two_more_come);
    EXPECT_TRUE(has_come_again);
    EXPECT_EQ(run.stop(), 0);
    // Three of seven were acknowledged; the held ones are back in the queue.
    EXPECT_TRUE(eventually([&] { return probe().message_count(name + ".events") == 4; }))
        << probe().message_count(name + ".events");
}

TEST_F(ServiceOnBroker, keeps_exclusive_queues_to_itself) {
    Tested first(options());
    Tested second(options());
    std::atomic<int> received = 0;
    for (Tested* each : {&first, &second}) {
        each->use_exclusive_queues();
        each->on_event(key("Told"), [&](const Event&) { ++received; });
    }
    Supervised first_run(first);
    Supervised second_run(second);
    ASSERT_TRUE(eventually([&] { return first.ready == 1 && second.ready == 1; }));

    send("events", key("Told"));

    EXPECT_TRUE(eventually([&] { return received == 2; }));
    EXPECT_THROW(probe().message_count(name + ".events"), Refused);
}

TEST_F(ServiceOnBroker, reports_a_command_that_no_queue_takes) {
    class Reporter : public Tested {
    public:
        using Tested::Tested;
        void handle_returned_message(const ReturnedMessage& message) override {
            returned.set_value(message);
        }
        std::promise<ReturnedMessage> returned;
    } service(options());
    const std::string correlation_id =
        service.send_command("nobody_" + name + ".Do", {{"n", 7}}, key("DoReturn"));

    Supervised run(service);
    std::future<ReturnedMessage> future = service.returned.get_future();
    ASSERT_EQ(future.wait_for(20s), std::future_status::ready) << log.text();
    const ReturnedMessage message = future.get();

    EXPECT_EQ(message.name, "nobody_" + name + ".Do");
    EXPECT_EQ(message.exchange, "commands");
    EXPECT_EQ(message.reply_code, 312);
    EXPECT_EQ(message.reply_to, key("DoReturn"));
    EXPECT_EQ(message.correlation_id, correlation_id);
    EXPECT_EQ(message.payload["n"].get<int>(), 7);
    EXPECT_EQ(run.stop(), 0);
}

TEST_F(ServiceOnBroker, does_no_business_until_it_is_configured) {
    Tested service(options());
    std::atomic<int> configurations = 0;
    std::atomic<int> events = 0;
    service.on_config(key("Limits"), [&](const Configuration& configuration) {
        ++configurations;
        return configuration.payload.value("is_complete", false);
    });
    service.on_event(key("Work"), [&](const Event&) { ++events; });
    Supervised run(service);
    ASSERT_TRUE(eventually([&] { return service.unconfigured == 1; })) << log.text();
    send("events", key("Work"));

    send("configurations", key("Limits"), {.conversation_id = {}});
    ASSERT_TRUE(eventually([&] { return configurations == 1; }));
    const int ready_too_early = service.ready;
    send("configurations", key("Limits"), {.body = R"({"is_complete":true})"});

    EXPECT_TRUE(eventually([&] { return events == 1; }));
    EXPECT_EQ(ready_too_early, 0);
    EXPECT_EQ(service.ready, 1);
    send("configurations", key("Limits"));
    EXPECT_TRUE(eventually([&] { return configurations == 3; }));
    EXPECT_EQ(run.stop(), 0);
}

TEST_F(ServiceOnBroker, runs_timers_in_order_and_none_that_was_cancelled) {
    Tested service(options());
    std::mutex mutex;
    std::string order;
    const auto note = [&](char what) {
        const std::lock_guard lock(mutex);
        order += what;
    };
    service.call_later(120ms, [&] { note('c'); });
    service.call_later(60ms, [&] { note('b'); });
    Timer cancelled = service.call_later(90ms, [&] { note('x'); });
    service.post([&] {
        note('a');
        cancelled.cancel();
    });

    Supervised run(service);
    const auto all = [&] {
        const std::lock_guard lock(mutex);
        return order;
    };

    EXPECT_TRUE(eventually([&] { return all().size() == 3; }));
    EXPECT_EQ(all(), "abc");
}

TEST_F(ServiceOnBroker, runs_at_once_what_other_threads_post_while_it_sleeps) {
    Tested service(options());
    Supervised run(service);
    ASSERT_TRUE(eventually([&] { return service.ready == 1; })) << log.text();

    // A moment later each time, so that some are posted just as the leader falls asleep.
    std::atomic<int> done = 0;
    for (int i = 1; i <= 20000; ++i) {
        const auto moment = std::chrono::steady_clock::now() + i % 200 * 100ns;
        while (std::chrono::steady_clock::now() < moment) {
        }
        service.post([&, i] { done = i; });
        const auto give_up = std::chrono::steady_clock::now() + 5s;
        while (done < i && std::chrono::steady_clock::now() < give_up) {
        }
        ASSERT_EQ(done, i) << "posted, and not run";
    }
}

TEST_F(ServiceOnBroker, publishes_from_eight_threads_while_handlers_run) {
    constexpr int threads = 8;
    constexpr int each = 500;
    const std::string heard = listen("events", key("From.*"));
    Tested service(options());
    std::atomic<int> handled = 0;
    service.on_event(key("In"), [&](const Event&) {
        service.publish_event(key("From.handler"), {{"n", handled.load()}});
        ++handled;
    });
    Supervised run(service);
    ASSERT_TRUE(eventually([&] { return service.ready == 1; })) << log.text();

    std::vector<std::thread> publishers;
    for (int t = 0; t < threads; ++t) {
        publishers.emplace_back([&, t] {
            for (int i = 0; i < each; ++i) {
                service.publish_event(key("From.thread"), {{"thread", t}, {"i", i}});
            }
        });
    }
    for (int i = 0; i < 200; ++i) send("events", key("In"));
    for (std::thread& thread : publishers) thread.join();

    EXPECT_TRUE(eventually([&] { return handled == 200; })) << handled;
    EXPECT_EQ(run.stop(), 0);
    std::set<std::string> ids;
    while (const auto message = probe().get(heard)) ids.insert(message->message_id());
    EXPECT_EQ(ids.size(), std::size_t{threads * each + 200});
}

TEST_F(ServiceOnBroker, sends_what_a_long_handler_publishes_while_it_still_runs) {
    const std::string heard = listen("events", key("Progress"));
    ServiceOptions watched = options();
    watched.stand_in_interval = 5ms;
    watched.heartbeat = 0s;  // or it would wake the stand-in
    Tested service(watched);
    const Gate never;
    Gate end;
    service.on_event(key("Long"), [&](const Event&) {
        never.wait_for(100ms);  // until the stand-in drives
        service.publish_event(key("Progress"), {});
        end.wait_for(60s);
    });
    Supervised run(service);
    ASSERT_TRUE(eventually([&] { return service.ready == 1; })) << log.text();

    send("events", key("Long"));

    EXPECT_EQ(probe().take(heard).routing_key, key("Progress"));
    end.open();
    EXPECT_EQ(run.stop(), 0);
}

TEST_F(ServiceOnBroker, a_long_handler_publishes_more_than_the_outbox_holds) {
    ServiceOptions narrow = options();
    narrow.stand_in_interval = 5ms;
    narrow.max_outbox_bytes = 512 * 1024;
    narrow.publish_timeout = 2s;
    narrow.heartbeat = 0s;
    Tested service(narrow);
    const std::string text(1024, 'x');
    std::atomic<int> begun = 0;
    std::atomic<int> ended = 0;
    service.on_event(key("Long"), [&](const Event&) {
        ++begun;
        const auto start = std::chrono::steady_clock::now();
        while (seconds_since(start) < 0.3) {
            service.publish_event(key("Progress"), {{"text", text}});
        }
        ++ended;
    });
    Supervised run(service);
    ASSERT_TRUE(eventually([&] { return service.ready == 1; })) << log.text();

    send("events", key("Long"));

    EXPECT_TRUE(eventually([&] { return ended == 1; })) << log.text();
    EXPECT_EQ(begun, 1) << log.text();
    EXPECT_EQ(run.stop(), 0);
}

TEST_F(ServiceOnBroker, stops_with_an_error_when_on_ready_throws) {
    class Failing : public Tested {
    public:
        using Tested::Tested;
        void on_ready() override { throw std::runtime_error("no ink"); }
    } service(options());

    Supervised run(service);

    EXPECT_EQ(run.status(), 1);
    EXPECT_TRUE(log.has("on_ready threw")) << log.text();
    EXPECT_EQ(log.count("no ink"), 1u) << log.text();
}

TEST_F(ServiceOnBroker, a_reconnect_that_is_asked_for_keeps_what_is_published_meanwhile) {
    const std::string heard = listen("events", key("Kept"));
    Tested service(options());
    Supervised run(service);
    ASSERT_TRUE(eventually([&] { return service.ready == 1; })) << log.text();

    service.reconnect();
    ASSERT_TRUE(eventually([&] { return service.ready == 2; })) << log.text();
    service.publish_event(key("Kept"), {{"n", 1}});

    EXPECT_EQ(probe().take(heard).routing_key, key("Kept"));
    EXPECT_EQ(run.stop(), 0);
}

TEST_F(ServiceOnBroker, a_stop_for_good_beats_a_reconnect_that_is_under_way) {
    Tested service(options());
    std::atomic<bool> is_handling = false;
    Gate gate;
    service.on_event(key("Slow"), [&](const Event&) {
        is_handling = true;
        gate.wait();
    });
    Supervised run(service);
    ASSERT_TRUE(eventually([&] { return service.ready == 1; })) << log.text();
    send("events", key("Slow"));
    ASSERT_TRUE(eventually([&] { return is_handling.load(); }));

    service.reconnect();
    service.stop();
    gate.open();

    EXPECT_TRUE(eventually([&] { return run.is_over(); })) << log.text();
    EXPECT_EQ(service.ready, 1);
    if (!run.is_over()) service.stop();
}

}  // namespace
}  // namespace eventail::test
