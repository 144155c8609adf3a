// How many duplicates arrive, and under which ids, when both connections of a service die again and
// again while its handlers publish; and that nothing is lost. On a private embedded broker.
#include <eventail/broker.hpp>
#include <eventail/service.hpp>
#include <eventail/supervisor.hpp>

#include <gtest/gtest.h>

#include <poll.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <set>
#include <string>
#include <thread>
#include <utility>

namespace eventail::test {
namespace {

using namespace std::chrono_literals;

constexpr int inputs = 10'000;
constexpr int parts = 2;  // published by each handler
constexpr int cuts = 15;

class ServiceDuplicates : public testing::Test {
protected:
    /// The ids under which each part of each answer arrived.
    using Arrived = std::map<std::pair<int, int>, std::multiset<std::string>>;

    ServiceDuplicates() {
        broker_.declare_exchange("events");
        broker_.declare_queue("worker.events", "events", {"Asked"});
        broker_.declare_queue("listener.events", "events", {"Answered"});
    }

    Arrived arrive_although_connections_die(bool are_ids_derived) {
        ask();
        answer(are_ids_derived);
        return listen();
    }

private:
    ServiceOptions options(const std::string& name) const {
        ServiceOptions made;
        made.amqp_urls = {broker_.url()};
        made.logical_service = name;
        made.prefetch_count = 100;
        made.max_reconnect_delay = 20ms;
        made.handle_signals = false;
        return made;
    }

    /// Runs it while `meanwhile` does something.
    template <typename Meanwhile>
    static void run(Service& service, Meanwhile meanwhile) {
        int status = -1;
        std::thread thread([&] { status = supervise(service); });
        meanwhile();
        service.stop();
        thread.join();
        EXPECT_EQ(status, 0);
    }

    void wait_until_empty(const std::string& queue) const {
        const auto is_empty = [&] {
            return std::ranges::any_of(broker_.queues(), [&](const BrokerQueue& each) {
                return each.name == queue && each.ready_count + each.unacknowledged_count == 0;
            });
        };
        const auto give_up = std::chrono::steady_clock::now() + 60s;
        while (!is_empty()) {
            ASSERT_LT(std::chrono::steady_clock::now(), give_up) << queue << " is not empty";
            ::poll(nullptr, 0, 10);
        }
    }

    void ask() {
        Service service(options("asker"));
        run(service, [&] {
            for (int i = 0; i < inputs; ++i) service.publish_event("Asked", {{"n", i}});
        });
    }

    void answer(bool are_ids_derived) {
        ServiceOptions derived = options("worker");
        derived.derived_message_ids = are_ids_derived;
        Service service(derived);
        service.on_event("Asked", [&](const Event& event) {
            const int number = event.payload["n"].get<int>();
            for (int part = 0; part < parts; ++part) {
                service.publish_event("Answered", {{"n", number}, {"part", part}});
            }
        });
        // Some messages are always unconfirmed.
        broker_.set_faults({.confirms = ConfirmFault::delay, .confirm_delay = 20ms}, " publishing");
        run(service, [&] {
            for (int i = 0; i < cuts; ++i) {
                ::poll(nullptr, 0, 50);
                broker_.cut_connections("worker@");
            }
            wait_until_empty("worker.events");
        });
        broker_.clear_faults();
    }

    Arrived listen() {
        Arrived arrived;
        Service service(options("listener"));
        service.on_event("Answered", [&](const Event& event) {
            arrived[{event.payload["n"].get<int>(), event.payload["part"].get<int>()}].insert(
                event.metadata.message_id);
        });
        run(service, [&] { wait_until_empty("listener.events"); });
        return arrived;
    }

    EmbeddedBroker broker_;
};

/// How many came more than once: under an id seen before, and under a new one.
std::pair<std::size_t, std::size_t> duplicates_in(
    const std::map<std::pair<int, int>, std::multiset<std::string>>& arrived) {
    std::size_t known = 0;
    std::size_t fresh = 0;
    for (const auto& [which, ids] : arrived) {
        const std::size_t different = std::set<std::string>(ids.begin(), ids.end()).size();
        known += ids.size() - different;
        fresh += different - 1;
    }
    return {known, fresh};
}

TEST_F(ServiceDuplicates, lose_nothing_with_counted_ids) {
    const Arrived arrived = arrive_although_connections_die(false);

    EXPECT_EQ(arrived.size(), std::size_t{inputs} * parts);
    const auto [known, fresh] = duplicates_in(arrived);
    std::printf("duplicates of %zu messages: %zu under their id, %zu under new ids\n",
                arrived.size(), known, fresh);
}

TEST_F(ServiceDuplicates, have_the_ids_of_the_first_with_derived_ids) {
    const Arrived arrived = arrive_although_connections_die(true);

    EXPECT_EQ(arrived.size(), std::size_t{inputs} * parts);
    const auto [known, fresh] = duplicates_in(arrived);
    std::printf("duplicates of %zu messages: %zu under their id, %zu under new ids\n",
                arrived.size(), known, fresh);
    EXPECT_GT(known, 0u) << "no handler ran again: this shows nothing";
    EXPECT_EQ(fresh, 0u);
}

}  // namespace
}  // namespace eventail::test
