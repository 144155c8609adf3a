#include "measurement.hpp"
#include "ours/order_forms.hpp"
#include "ours/workloads.hpp"
#include <eventail/endpoint.hpp>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

namespace eventail::bench {

void endpoint(const Arguments& arguments) {
    const std::uint64_t messages = arguments.number("messages", 20'000);
    const std::uint64_t thread_count = arguments.number("threads", 1);
    Endpoint endpoint({arguments.text("url", "amqp://localhost")}, "bench");
    const PublishOne publish_one = publishing(endpoint, "list", small_body_bytes);
    for (std::uint64_t i = 0; i < messages / 10; ++i) publish_one();

    Measurement measurement;
    measurement.begin();
    std::atomic<std::uint64_t> taken{0};
    std::vector<std::thread> threads;
    for (std::uint64_t i = 0; i < thread_count; ++i) {
        threads.emplace_back([&] {
            while (taken.fetch_add(1) < messages) publish_one();
        });
    }
    for (std::thread& thread : threads) thread.join();
    measurement.end();
    measurement.print(messages);
}

}  // namespace eventail::bench
