#include "measurement.hpp"
#include "message.hpp"
#include "ours/workloads.hpp"
#include <eventail/json.hpp>
#include <eventail/service.hpp>

#include <stdexcept>
#include <string>

namespace eventail::bench {
namespace {

class ConsumingService : public Service {
public:
    ConsumingService(ServiceOptions options, const Arguments& arguments)
        : Service(std::move(options)),
          messages_(arguments.number("messages", 1'000'000)),
          warm_up_(arguments.number("warm-up", messages_ / 10)) {
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
        } else {
            on_event(event_name, [this](const Event& event) {
                const json tree = event.payload.json();
                count(tree["order_id"].get<std::uint64_t>());
            });
        }
    }

    void print_measurement() const {
        if (sum_ == 0) throw std::runtime_error("nothing was read");
        measurement_.print(messages_);
    }

private:
    void count(std::uint64_t value) {
        sum_ += value;
        ++received_;
        if (received_ == warm_up_) measurement_.begin();
        if (received_ < warm_up_ + messages_) return;
        measurement_.end();
        stop();
    }

    std::uint64_t messages_;
    std::uint64_t warm_up_;
    std::uint64_t received_ = 0;
    std::uint64_t sum_ = 0;
    Measurement measurement_;
};

}  // namespace

void consume(const Arguments& arguments) {
    ConsumingService service(service_options(arguments), arguments);
    service.run();
    service.print_measurement();
}

}  // namespace eventail::bench
