#include "measurement.hpp"
#include "ours/order_forms.hpp"
#include "ours/workloads.hpp"
#include <eventail/service.hpp>

#include <algorithm>
#include <atomic>
#include <string>
#include <thread>
#include <vector>

namespace eventail::bench {
namespace {

/// Overhead of a message beside its body. It is 165, but memory is returned in segments: so at most
/// 930 to 1,080 messages are unconfirmed, about as many as the other clients may have.
constexpr std::size_t bytes_on_the_wire = 200;
constexpr std::uint64_t messages_per_post = 64;
constexpr std::uint64_t large_messages_per_post = 1;

class PublishingService : public Service {
public:
    PublishingService(ServiceOptions options, const Arguments& arguments)
        : Service(std::move(options)),
          from_(arguments.text("from", "leader")),
          thread_count_(arguments.number("threads", 1)),
          messages_(arguments.number("messages", 1'000'000)),
          warm_up_(arguments.number("warm-up", messages_ / 10)),
          at_once_(arguments.number("body-bytes", small_body_bytes) == small_body_bytes
                       ? messages_per_post
                       : large_messages_per_post),
          publish_one_(publishing(*this, arguments.text("form", "list"),
                                  arguments.number("body-bytes", small_body_bytes))) {}

    ~PublishingService() override {
        for (std::thread& thread : threads_) thread.join();
    }

    void on_ready() override {
        if (from_ == "ready") {
            while (publish_some()) {
            }
        } else if (from_ == "leader") {
            post([this] { publish_and_post(); });
        } else {
            for (std::uint64_t i = 0; i < thread_count_; ++i) {
                threads_.emplace_back([this] {
                    while (publish_some()) {
                    }
                });
            }
        }
    }

    /// After run(), when everything is confirmed.
    void print_measurement() {
        measurement_.end();
        measurement_.print(messages_);
    }

private:
    void publish_and_post() {
        if (publish_some()) post([this] { publish_and_post(); });
    }

    /// @return whether there is more to do
    bool publish_some() {
        const std::uint64_t first = taken_.fetch_add(at_once_);
        if (first >= warm_up_ + messages_) return false;
        if (first <= warm_up_ && warm_up_ < first + at_once_) measurement_.begin();
        for (std::uint64_t i = 0; i < at_once_; ++i) publish_one_();
        // With several threads, the last one to finish need not have taken the last messages.
        if (done_.fetch_add(at_once_) + at_once_ < warm_up_ + messages_) return true;
        stop();
        return false;
    }

    std::string from_;
    std::uint64_t thread_count_;
    std::uint64_t messages_;
    std::uint64_t warm_up_;
    std::uint64_t at_once_;
    PublishOne publish_one_;
    Measurement measurement_;
    std::atomic<std::uint64_t> taken_{0};
    std::atomic<std::uint64_t> done_{0};
    std::vector<std::thread> threads_;
};

}  // namespace

void publish(const Arguments& arguments) {
    const std::size_t message_bytes =
        arguments.number("body-bytes", small_body_bytes) + bytes_on_the_wire;
    ServiceOptions options = service_options(arguments);
    options.max_outbox_bytes = arguments.number("window", 1000) * message_bytes;
    PublishingService service(std::move(options), arguments);
    service.run();
    service.print_measurement();
}

}  // namespace eventail::bench
