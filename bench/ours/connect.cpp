#include "latencies.hpp"
#include "measurement.hpp"
#include "ours/workloads.hpp"
#include <eventail/service.hpp>

namespace eventail::bench {
namespace {

/// Subscribes to one event and one command; stops as soon as it consumes.
class ReadyService : public Service {
public:
    ReadyService(ServiceOptions options, Latencies& latencies)
        : Service(std::move(options)), latencies_(latencies) {
        on_event("NeverHappens", [](const Event&) {});
        on_command("bench.NeverSent", [](const Command&) {});
    }

    void on_ready() override {
        latencies_.stop();
        stop();
    }

private:
    Latencies& latencies_;
};

}  // namespace

void connect(const Arguments& arguments) {
    const std::uint64_t count = arguments.number("messages", 50);
    Latencies latencies(count);
    Measurement measurement;
    measurement.begin();
    for (std::uint64_t i = 0; i < count; ++i) {
        ReadyService service(service_options(arguments), latencies);
        latencies.start();
        service.run();
    }
    measurement.end();
    measurement.print(count, {{"p50_us", latencies.quantile_us(0.5)}});
}

}  // namespace eventail::bench
