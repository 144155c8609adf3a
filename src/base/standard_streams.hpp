// The file descriptors 0 to 2, for programs that are started without some of them.
#pragma once

namespace eventail {

/// Occupies those of the three that are closed, so that no socket gets the number to which somebody
/// writes his errors. For the program they stay as good as closed: reading from 0 and writing to 1
/// and 2 fail as before.
void occupy_standard_streams() noexcept;

}  // namespace eventail
