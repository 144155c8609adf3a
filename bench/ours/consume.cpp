#include "measurement.hpp"
#include "ours/order_forms.hpp"
#include "ours/workloads.hpp"
#include <eventail/service.hpp>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <thread>

namespace eventail::bench {
namespace {

class ConsumingService : public Service {
public:
    ConsumingService(ServiceOptions options, const Arguments& arguments)
        : Service(std::move(options)),
          messages_(arguments.number("messages", 1'000'000)),
          warm_up_(arguments.number("warm-up", messages_ / 10)),
          wait_(arguments.number("wait-us", 0)) {
        const std::string read = arguments.text("read", "fields");
        if (arguments.number("body-bytes", small_body_bytes) != small_body_bytes) {
            on_event(event_name, [this](const Event& event) {
                count(event.payload["content"].get<std::span<const std::byte>>().size());
            });
        } else if (read == "fields") {
            on_event(event_name, [this](const Event& event) {
                count(event.payload["order_id"].get<std::uint64_t>() +
                      event.payload["sku"].get<std::string_view>().size() +
                      event.payload["quantity"].get<std::uint32_t>());
            });
        } else if (read == "struct") {
            on_event(event_name, [this](const Order& order) { count(order.order_id); });
        } else if (read == "tree") {
            on_event(event_name, [this](const Event& event) {
                const json tree = event.payload.json();
                count(tree["order_id"].get<std::uint64_t>());
            });
        } else {
            throw std::invalid_argument("--read fields, struct or tree");
        }
    }

    void on_ready() override {
        std::puts("ready");
        std::fflush(stdout);
    }

    void print_measurement() const { measurement_.print(messages_); }

private:
    /// `value` is the read content: the compiler must not optimise it away.
    void count(std::uint64_t value) {
        if (value == 0) throw std::runtime_error("nothing was read");
        if (wait_ != wait_.zero()) std::this_thread::sleep_for(wait_);
        const std::uint64_t received = received_.fetch_add(1, std::memory_order_relaxed) + 1;
        if (received == warm_up_) measurement_.begin();
        if (received != warm_up_ + messages_) return;
        measurement_.end();
        stop();
    }

    std::uint64_t messages_;
    std::uint64_t warm_up_;
    std::chrono::microseconds wait_;
    std::atomic<std::uint64_t> received_{0};
    Measurement measurement_;
};

}  // namespace

void consume(const Arguments& arguments) {
    ConsumingService service(service_options(arguments), arguments);
    service.run();
    service.print_measurement();
}

}  // namespace eventail::bench
