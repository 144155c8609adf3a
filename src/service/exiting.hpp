// Whether the process is at its end: in exit(), where static objects are destroyed.
#pragma once

namespace eventail::service {

/// From now on, is_exiting() is known before anything is destroyed that exists now.
void watch_exit() noexcept;

bool is_exiting() noexcept;

}  // namespace eventail::service
