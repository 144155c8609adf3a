// A broker killed while a service is at work: nothing is lost, and little is done twice.
#include "contract/service_fixture.hpp"

#include <algorithm>
#include <cstdio>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace eventail::test {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int events = 10'000;
constexpr int events_per_turn = 50;

// RabbitMQ slows publishers down to its disk's speed, which may be low beside other work: it may
// take long, but something always moves.
constexpr auto standstill = 30s;
constexpr auto longest_run = 180s;
constexpr auto between_notes = 5s;

/// Publishes Tick 0 to 9,999 from a timer, and for each one received a Tock with the same number.
class TickTock : public Tested {
public:
    struct Run {
        int number = 0;
        Clock::time_point when = {};
        std::string message_id = {};
    };

    TickTock(ServiceOptions options, const std::string& prefix)
        : Tested(std::move(options)), tick_(prefix + ".Tick"), tock_(prefix + ".Tock") {
        on_event(tick_, [this](const Event& event) {
            const int number = event.payload["n"].get<int>();
            publish_event(tock_, {{"n", number}});
            runs_.push_back({number, Clock::now(), event.metadata.message_id});
            ++ran;
            is_done_.insert(number);
            done = static_cast<int>(is_done_.size());
        });
    }

    void on_ready() override {
        // Not earlier: an event published before the queue is bound would not reach it.
        if (++ready == 1) tick();
    }

    std::atomic<int> ticked = 0;
    std::atomic<int> ran = 0;
    std::atomic<int> done = 0;
    /// For inspection after the end.
    const std::vector<Run>& runs() const { return runs_; }

private:
    void tick() {
        for (int i = 0; i < events_per_turn; ++i) publish_event(tick_, {{"n", ticked++}});
        if (ticked < events) call_later(10ms, [this] { tick(); });
    }

    std::string tick_;
    std::string tock_;
    std::vector<Run> runs_;
    std::set<int> is_done_;
};

/// Follows a service's progress, and takes notes.
class Progress {
public:
    explicit Progress(const TickTock& service) : service_(service) {}

    /// Waits until everything is done. @return false: nothing moves any more, or it took too long
    bool goes_on_to_the_end() {
        int seen = -1;
        Clock::time_point seen_at;
        Clock::time_point next_note = began_;
        const auto has_ended = [&] {
            const Clock::time_point now = Clock::now();
            const int moved = service_.ticked + service_.ran;
            if (std::exchange(seen, moved) != moved) seen_at = now;
            if (now >= next_note) {
                note();
                next_note = now + between_notes;
            }
            return service_.done == events || now - seen_at >= standstill;
        };
        return eventually(has_ended, longest_run) && service_.done == events;
    }

    std::string text() {
        note();
        return notes_.str();
    }

private:
    void note() {
        notes_ << seconds_since(began_) << " s: " << service_.ticked << " ticks published, "
               << service_.done << " handled, in " << service_.ran << " calls\n";
    }

    const TickTock& service_;
    Clock::time_point began_ = Clock::now();
    std::ostringstream notes_;
};

class ServiceBrokerDeath : public ServiceTest {
protected:
    ServiceBrokerDeath() : ServiceTest(*new_broker()) {}
    static void TearDownTestSuite() { own_.reset(); }

    /// The ids under which each number arrived with this key.
    using Arrived = std::map<int, std::multiset<std::string>>;
    std::map<std::string, Arrived> arrivals(const std::string& queue) {
        std::map<std::string, Arrived> all;
        probe().consume(queue);
        while (const auto message = probe().next(1s)) {
            const auto content = std::as_bytes(std::span(message->body));
            const Payload payload = Payload::from_cbor(content);
            all[message->routing_key][payload["n"].get<int>()].insert(message->message_id());
        }
        return all;
    }

    /// Which ticks were not handled, and whether they reached the other queue.
    std::string whereabouts_of_missing(const TickTock& service, const std::string& heard) {
        std::map<std::string, Arrived> arrived = arrivals(heard);
        const Arrived& ticks = arrived[key("Tick")];
        std::set<int> missing;
        for (int i = 0; i < events; ++i) missing.insert(i);
        for (const TickTock::Run& each : service.runs()) missing.erase(each.number);
        std::ostringstream text;
        text << ticks.size() << " ticks and " << arrived[key("Tock")].size()
             << " tocks were heard; not handled";
        for (auto at = missing.begin(); at != missing.end();) {
            const int first = *at;
            const bool was_heard = ticks.contains(first);
            int last = first;
            while (++at != missing.end() && *at == last + 1 && ticks.contains(*at) == was_heard) {
                ++last;
            }
            text << "; " << first << " to " << last << (was_heard ? ", heard" : ", not heard");
        }
        return text.str();
    }

private:
    static Broker* new_broker() {
        own_ = Broker::start();
        return own_.get();
    }
    static inline std::unique_ptr<Broker> own_;
};

TEST_F(ServiceBrokerDeath, nothing_is_lost_when_the_broker_is_killed_under_twenty_thousand_events) {
    const std::string heard = listen("events", key("Tick"));
    probe().bind(heard, "events", key("Tock"));
    // A killed RabbitMQ may forget the binding that it confirmed last; messages published before
    // the service binds again would then not reach it. So the last binding is one that does not
    // matter.
    probe().declare_queue(name + ".events");
    probe().bind(name + ".events", "events", key("Tick"));
    listen("events", key("Other"));
    forget_probe();
    ServiceOptions busy = options();
    busy.prefetch_count = 100;
    busy.drain_timeout = 20s;
    busy.derived_message_ids = true;
    TickTock service(busy, name);
    Supervised run(service);
    ASSERT_TRUE(eventually([&] { return service.ticked > 4'000 && service.done > 1'000; }, 60s))
        << service.ticked << " " << service.done << "\n"
        << log.text();

    const Clock::time_point killed_at = Clock::now();
    broker.kill();
    broker.restart();
    const Clock::time_point listening_at = Clock::now();
    ASSERT_TRUE(eventually([&] { return service.ready >= 2; })) << log.text();
    const double back_after = std::max(0.0, seconds_since(listening_at));
    Progress progress(service);
    if (!progress.goes_on_to_the_end()) {
        ADD_FAILURE() << progress.text() << log.text();
        const std::string at_the_broker = broker.overview();
        const int status = run.stop();
        FAIL() << at_the_broker << "stopped with " << status
               << ", and its last words tell what was not confirmed, if anything:\n"
               << log.text() << whereabouts_of_missing(service, heard);
    }
    ASSERT_EQ(run.stop(), 0) << log.text();

    const std::map<std::string, Arrived> arrived = arrivals(heard);
    const Arrived& ticks = arrived.at(key("Tick"));
    const Arrived& tocks = arrived.at(key("Tock"));
    EXPECT_EQ(ticks.size(), std::size_t{events});
    EXPECT_EQ(tocks.size(), std::size_t{events});
    EXPECT_LE(back_after, 3.0) << "two seconds, and the back-off of at most one";

    // A tick was published once, so all its copies have one id.
    std::size_t resent = 0;
    for (const auto& [number, ids] : ticks) {
        EXPECT_EQ(ids.count(*ids.begin()), ids.size()) << number;
        resent += ids.size() - 1;
    }
    // A handler that ran again may have published a tock again, under the same id.
    std::size_t tocks_again = 0;
    std::size_t new_ids = 0;
    for (const auto& [number, ids] : tocks) {
        tocks_again += ids.size() - 1;
        new_ids += std::set<std::string>(ids.begin(), ids.end()).size() - 1;
    }
    EXPECT_EQ(new_ids, 0u);
    std::map<int, Clock::time_point> first_run;
    std::size_t again = 0;
    double oldest = 0;
    for (const TickTock::Run& each : service.runs()) {
        const auto [earlier, is_first] = first_run.emplace(each.number, each.when);
        if (is_first) continue;
        ++again;
        const std::chrono::duration<double> age = killed_at - earlier->second;
        oldest = std::max(oldest, age.count());
    }
    EXPECT_LE(oldest, 1.0) << "run again, though acknowledged long before the broker died";
    std::printf(
        "consuming %.2f s after the broker listened; %zu ticks arrived twice; %zu tocks did, %zu "
        "of them under new ids; %zu of %d inputs ran again, the oldest run was %.3f s before the "
        "kill\n",
        back_after, resent, tocks_again, new_ids, again, events, oldest);
}

}  // namespace
}  // namespace eventail::test
