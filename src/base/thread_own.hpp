// What each thread has of its own. Part of the seam: docs/decisions/0020.
#pragma once

namespace eventail {

/// The calling thread's T, made when it first asks. One for each `Tag`.
template <typename T, typename Tag>
T& thread_own() {
    thread_local T own{};
    return own;
}

}  // namespace eventail
