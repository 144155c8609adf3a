// Text from others, made safe for a terminal.
#pragma once

#include <string>
#include <string_view>

namespace eventail::tools {

/// Keeps what people can read; control characters, invisible marks that turn the writing direction
/// and invalid UTF-8 become \x1b and the like, so nothing steers the terminal.
std::string printable(std::string_view text);

}  // namespace eventail::tools
