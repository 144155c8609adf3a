// Large numbers of one thing and their total cost, to show that twice as many cost twice as much.
#include "measurement.hpp"
#include "ours/workloads.hpp"
#include <eventail/broker.hpp>
#include <eventail/endpoint.hpp>
#include <eventail/service.hpp>
#include <eventail/supervisor.hpp>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace eventail::bench {
namespace {

using namespace std::chrono_literals;

/// CPU seconds of the embedded broker's threads.
double broker_cpu_seconds() {
    double seconds = 0;
    for (const auto& thread : std::filesystem::directory_iterator("/proc/self/task")) {
        std::string name;
        std::getline(std::ifstream(thread.path() / "comm"), name);
        if (name != "eventail broker") continue;
        double nanoseconds = 0;
        std::ifstream(thread.path() / "schedstat") >> nanoseconds;
        seconds += nanoseconds / 1e9;
    }
    return seconds;
}

/// The measured work, and the share of it that the broker in this process used.
struct Growth {
    Measurement measurement;
    double broker_cpu = 0;

    void begin() {
        broker_cpu = broker_cpu_seconds();
        measurement.begin();
    }
    void end() {
        if (measurement.has_ended()) return;
        measurement.end();
        broker_cpu = broker_cpu_seconds() - broker_cpu;
    }
};

ServiceOptions options_for(const std::string& url) {
    ServiceOptions options;
    options.amqp_urls = {url};
    options.logical_service = "growth";
    options.max_outbox_bytes = std::size_t{1} << 30;
    options.publish_timeout = 5min;
    options.handle_signals = false;
    return options;
}

class OneShot : public Service {
public:
    OneShot(ServiceOptions options, std::function<void(OneShot&)> at_ready)
        : Service(std::move(options)), at_ready_(std::move(at_ready)) {}
    void on_ready() override {
        if (at_ready_) std::exchange(at_ready_, nullptr)(*this);
    }

private:
    std::function<void(OneShot&)> at_ready_;
};

std::string numbered(std::string_view what, std::uint64_t number) {
    return std::string(what) + std::to_string(number);
}

/// Timers for an hour from now, cancelled one after the other, beside as many that stay.
void cancelled_timers(std::uint64_t count, Growth& growth) {
    const EmbeddedBroker broker;
    OneShot service(options_for(broker.url()), [&](OneShot& self) {
        growth.begin();
        for (std::uint64_t i = 0; i < count; ++i) {
            self.call_later(1h, [] {});
            self.call_later(2h, [] {}).cancel();
        }
        growth.end();
        self.stop();
    });
    service.run();
}

/// Timers set at once, due one after the other.
void fired_timers(std::uint64_t count, Growth& growth) {
    const EmbeddedBroker broker;
    std::uint64_t fired = 0;
    OneShot service(options_for(broker.url()), [&](OneShot& self) {
        growth.begin();
        for (std::uint64_t i = 0; i < count; ++i) {
            self.call_later(std::chrono::microseconds(i * 7919 % 100'000), [&] {
                if (++fired < count) return;
                growth.end();
                self.stop();
            });
        }
    });
    service.run();
}

/// Publishes while no confirm comes; then the faults change, and all messages are confirmed.
void publish_then(std::uint64_t count, const ConnectionFaults& at_first,
                  const std::function<void(EmbeddedBroker&)>& then, Growth& growth) {
    EmbeddedBroker broker({.memory_limit_bytes = std::size_t{2} << 30});
    broker.declare_queue("growth.sink", "events", {});
    broker.set_faults(at_first);
    OneShot service(options_for(broker.url()), [&](OneShot& self) {
        growth.begin();
        for (std::uint64_t i = 0; i < count; ++i) self.publish_event("Grown", {});
        then(broker);
        self.stop();
    });
    if (supervise(service) != 0) throw std::runtime_error("something was not confirmed");
    growth.end();
}

void outstanding_resent(std::uint64_t count, Growth& growth) {
    publish_then(
        count, {.confirms = ConfirmFault::withhold},
        [](EmbeddedBroker& broker) {
            broker.clear_faults();
            broker.cut_connections();
        },
        growth);
}

void outstanding_confirmed_newest_first(std::uint64_t count, Growth& growth) {
    publish_then(
        count, {.confirms = ConfirmFault::reorder, .confirm_delay = 2s}, [](EmbeddedBroker&) {},
        growth);
}

/// Registers and declares handlers, and finds each one once.
void handlers(std::string_view prefix, std::uint64_t count, Growth& growth) {
    const EmbeddedBroker broker;
    ServiceOptions options = options_for(broker.url());
    options.prefetch_count = 100;
    std::uint64_t called = 0;
    OneShot service(options, [&](OneShot& self) {
        for (std::uint64_t i = 0; i < count; ++i) self.publish_event(numbered("a.", i), {});
    });
    growth.begin();
    for (std::uint64_t i = 0; i < count; ++i) {
        service.on_event(std::string(prefix) + std::to_string(i), [&](const Event&) {
            if (++called < count) return;
            growth.end();
            service.stop();
        });
    }
    service.run();
}

void exact_handlers(std::uint64_t count, Growth& growth) { handlers("a.", count, growth); }

void pattern_handlers(std::uint64_t count, Growth& growth) { handlers("*.", count, growth); }

/// The broker's url is the last; nobody listens at the others.
void urls(std::uint64_t count, Growth& growth) {
    const EmbeddedBroker broker;
    ServiceOptions options = options_for(broker.url());
    options.amqp_urls.assign(count, "amqp://guest:guest@127.0.0.1:1/%2F");
    options.amqp_urls.push_back(broker.url());
    options.max_reconnect_delay = 1ms;
    growth.begin();
    OneShot service(options, [&](OneShot& self) {
        growth.end();
        self.stop();
    });
    if (supervise(service) != 0) throw std::runtime_error("the service failed");
}

}  // namespace

void growth(const Arguments& arguments) {
    static const std::map<std::string, void (*)(std::uint64_t, Growth&), std::less<>> kinds = {
        {"cancelled-timers", cancelled_timers},
        {"fired-timers", fired_timers},
        {"outstanding-resent", outstanding_resent},
        {"outstanding-newest-first", outstanding_confirmed_newest_first},
        {"handlers", exact_handlers},
        {"patterns", pattern_handlers},
        {"urls", urls},
    };
    const auto kind = kinds.find(arguments.text("of", ""));
    if (kind == kinds.end()) throw std::invalid_argument("growth of what?");
    const std::uint64_t count = arguments.number("messages", 1000);
    Growth measured;
    kind->second(count, measured);
    measured.measurement.print(count, {{"broker_cpu_seconds", measured.broker_cpu}});
}

}  // namespace eventail::bench
