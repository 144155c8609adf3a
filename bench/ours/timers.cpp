#include "measurement.hpp"
#include "ours/workloads.hpp"
#include <eventail/service.hpp>

#include <chrono>

namespace eventail::bench {
namespace {

class TimedService : public Service {
public:
    TimedService(ServiceOptions options, std::uint64_t count)
        : Service(std::move(options)), count_(count) {}

    void on_ready() override {
        measurement_.begin();
        for (std::uint64_t i = 0; i < count_; ++i) {
            // Spread over a tenth of a second.
            const std::chrono::microseconds delay(i * 7919 % 100'000);
            call_later(delay, [this] { came_due(); });
        }
    }

    void print_measurement() const { measurement_.print(count_); }

private:
    void came_due() {
        if (++called_ < count_) return;
        measurement_.end();
        stop();
    }

    std::uint64_t count_;
    std::uint64_t called_ = 0;
    Measurement measurement_;
};

}  // namespace

void timers(const Arguments& arguments) {
    TimedService service(service_options(arguments), arguments.number("messages", 100'000));
    service.run();
    service.print_measurement();
}

}  // namespace eventail::bench
