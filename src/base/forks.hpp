// Counts the forks between this process and its ancestors, so that objects know in which of them
// they were made. A process id does not tell: the child in a new namespace may have the same one.
#pragma once

namespace eventail {

/// Grows in the child of a fork, from the first call on. Costs no system call.
unsigned fork_count() noexcept;

}  // namespace eventail
