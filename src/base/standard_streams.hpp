// File descriptors 0 to 2, for programs started without some of them.
#pragma once

namespace eventail {

/// Fills closed standard streams with placeholders, so that a socket never gets a number to which
/// other code writes its errors. To the program they still look closed: reading from 0 and writing
/// to 1 and 2 fail as before.
void occupy_standard_streams() noexcept;

}  // namespace eventail
