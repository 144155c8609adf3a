// Threads, as the shells make them. Part of the seam: docs/decisions/0020.
#pragma once

#include <thread>

namespace eventail {

using Thread = std::thread;
using ThreadId = std::thread::id;

inline ThreadId this_thread_id() { return std::this_thread::get_id(); }

}  // namespace eventail
