// Whether the process is ending: in exit(), which destroys static objects.
#pragma once

namespace eventail::service {

/// From now on, is_exiting() becomes true before any object that exists now is destroyed.
void watch_exit() noexcept;

bool is_exiting() noexcept;

}  // namespace eventail::service
