#include "service/home_process.hpp"

#include "base/standard_streams.hpp"
#include "service/local_log.hpp"

#include <pthread.h>

#include <atomic>

namespace eventail::service {
namespace {

// The number of forks between the first look and this process.
constinit std::atomic<unsigned> generation = 0;

void count_forks() noexcept {
    [[maybe_unused]] static const int counts =
        ::pthread_atfork(nullptr, nullptr, [] { generation.fetch_add(1); });
}

}  // namespace

HomeProcess::HomeProcess() noexcept {
    count_forks();
    occupy_standard_streams();
    prepare_local_log();
    generation_ = generation.load();
}

bool HomeProcess::is_left() const noexcept {
    return generation_ != generation.load(std::memory_order_relaxed);
}

void HomeProcess::refuse(const std::string& what) {
    throw Error(Errc::forked,
                what + " belongs to the process that forked: make one after the fork");
}

}  // namespace eventail::service
