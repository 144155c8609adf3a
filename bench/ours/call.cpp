#include "latencies.hpp"
#include "measurement.hpp"
#include "ours/order_forms.hpp"
#include "ours/workloads.hpp"
#include <eventail/service.hpp>

#include <cstdio>
#include <stdexcept>

namespace eventail::bench {
namespace {

class Caller : public Service {
public:
    Caller(ServiceOptions options, const Arguments& arguments)
        : Service(std::move(options)),
          messages_(arguments.number("messages", 100'000)),
          warm_up_(arguments.number("warm-up", messages_ / 10)),
          outstanding_(arguments.number("outstanding", 64)),
          latencies_(outstanding_ == 1 ? messages_ : 0) {
        on_result("caller.OrderPlacedReturn", [this](const Result& result) {
            if (!result.is_success) throw std::runtime_error("the callee refused");
            ++answered_;
            if (measurement_.has_begun()) latencies_.stop();
            if (answered_ == warm_up_) measurement_.begin();
            if (sent_ < warm_up_ + messages_) call();
            if (answered_ < warm_up_ + messages_) return;
            measurement_.end();
            stop();
        });
    }

    void on_ready() override {
        for (std::uint64_t i = 0; i < outstanding_; ++i) call();
    }

    void print_measurement() {
        measurement_.print(messages_, {{"p50_us", latencies_.quantile_us(0.5)},
                                       {"p99_us", latencies_.quantile_us(0.99)}});
    }

private:
    void call() {
        ++sent_;
        latencies_.start();
        with_list(order_, [&](Value&& content) {
            send_command("callee.PlaceOrder", std::move(content), "caller.OrderPlacedReturn");
        });
    }

    std::uint64_t messages_;
    std::uint64_t warm_up_;
    std::uint64_t outstanding_;
    std::uint64_t sent_ = 0;
    std::uint64_t answered_ = 0;
    Order order_;
    Latencies latencies_;
    Measurement measurement_;
};

class Callee : public Service {
public:
    explicit Callee(ServiceOptions options) : Service(std::move(options)) {
        on_command("callee.PlaceOrder", [this](const Command& command) {
            with_list(order_,
                      [&](Value&& content) { return_success(command, std::move(content)); });
        });
    }

    void on_ready() override {
        std::puts("ready");
        std::fflush(stdout);
    }

private:
    Order order_;
};

}  // namespace

void caller(const Arguments& arguments) {
    ServiceOptions options = service_options(arguments);
    options.logical_service = "caller";
    Caller service(std::move(options), arguments);
    service.run();
    service.print_measurement();
}

void callee(const Arguments& arguments) {
    ServiceOptions options = service_options(arguments);
    options.logical_service = "callee";
    Callee(std::move(options)).run();
}

}  // namespace eventail::bench
