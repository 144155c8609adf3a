#include "measurement.hpp"
#include "ours/workloads.hpp"
#include <eventail/error.hpp>
#include <eventail/service.hpp>

#include <sys/resource.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <iterator>
#include <memory>
#include <thread>
#include <vector>

namespace eventail::bench {
namespace {

constexpr double bytes_per_mib = 1024.0 * 1024.0;

class IdleService : public Service {
public:
    IdleService(ServiceOptions options, std::atomic<std::uint64_t>& ready_count)
        : Service(std::move(options)), ready_count_(ready_count) {
        on_event("NeverHappens", [](const Event&) {});
        on_command("bench.NeverSent", [](const Command&) {});
    }

    void on_ready() override {
        ++ready_count_;
        ready_count_.notify_all();
    }

private:
    std::atomic<std::uint64_t>& ready_count_;
};

double thread_count() {
    return static_cast<double>(std::distance(std::filesystem::directory_iterator("/proc/self/task"),
                                             std::filesystem::directory_iterator()));
}

/// Each service needs two sockets.
void allow_many_files() {
    rlimit limit = {};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

/// Runs `count` services until all are ready, then watches them while idle.
void watch_idle_services(const Arguments& arguments, std::uint64_t count) {
    const double resident_before = static_cast<double>(resident_bytes());
    std::atomic<std::uint64_t> ready_count{0};
    std::vector<std::unique_ptr<IdleService>> services;
    std::vector<std::thread> threads;
    Measurement start_up;
    start_up.begin();
    for (std::uint64_t i = 0; i < count; ++i) {
        ServiceOptions options = service_options(arguments);
        options.logical_service += std::to_string(i);
        services.push_back(std::make_unique<IdleService>(std::move(options), ready_count));
        threads.emplace_back([&service = *services.back()] { service.run(); });
    }
    for (std::uint64_t ready = 0; ready < count; ready = ready_count) ready_count.wait(ready);
    start_up.end();

    const std::chrono::milliseconds watched(arguments.number("idle-ms", 2000));
    std::this_thread::sleep_for(watched / 4);  // stand-ins fall asleep
    Measurement measurement;
    measurement.begin();
    std::this_thread::sleep_for(watched);
    measurement.end();
    const double resident = static_cast<double>(resident_bytes());
    measurement.print(count, {{"ready_seconds", start_up.wall_seconds()},
                              {"resident_mib", resident / bytes_per_mib},
                              {"mib_per_service", (resident - resident_before) / bytes_per_mib /
                                                      static_cast<double>(count)},
                              {"threads", thread_count()}});
    for (const auto& service : services) service->stop();
    for (std::thread& thread : threads) thread.join();
}

}  // namespace

void idle(const Arguments& arguments) { watch_idle_services(arguments, 1); }

void scale(const Arguments& arguments) {
    allow_many_files();
    watch_idle_services(arguments, arguments.number("messages", 1000));
}

}  // namespace eventail::bench
