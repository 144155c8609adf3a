#include "base/forks.hpp"

#include <pthread.h>

#include <atomic>

namespace eventail {
namespace {

constinit std::atomic<unsigned> forks = 0;

}  // namespace

unsigned fork_count() noexcept {
    [[maybe_unused]] static const int counts =
        ::pthread_atfork(nullptr, nullptr, [] { forks.fetch_add(1); });
    return forks.load(std::memory_order_relaxed);
}

}  // namespace eventail
