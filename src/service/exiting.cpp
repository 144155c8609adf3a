#include "service/exiting.hpp"

#include <atomic>
#include <cstdlib>

namespace eventail::service {
namespace {

constinit std::atomic<bool> is_at_it = false;

}  // namespace

void watch_exit() noexcept {
    // exit() calls the last registered function first.
    static_cast<void>(std::atexit([] { is_at_it = true; }));
}

bool is_exiting() noexcept { return is_at_it; }

}  // namespace eventail::service
