// Values that threads share without a lock. Part of the seam: docs/decisions/0020.
#pragma once

#include <atomic>

namespace eventail {

template <typename T>
using Atomic = std::atomic<T>;

}  // namespace eventail
