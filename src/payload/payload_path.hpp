// Where in a payload a value is, and what it is: the words of errors. Found by going through the
// payload again, so that those who read it need not keep track.
#pragma once

#include <cstddef>
#include <string>

namespace eventail::payload {

/// The path from `root` to the item or key at `item`: `caller.tags[3]`; "payload" for the root
/// itself. Keys that are no names are quoted; a path that is too long for a line ends in "…".
[[nodiscard]] std::string path_of(const std::byte* root, const std::byte* item);

/// The path of what would be there under a key.
[[nodiscard]] std::string path_of(const std::byte* root, const std::byte* map,
                                  std::string_view key);

/// An item in words: `text "x"`, `the integer 3`, `a list of 2`.
[[nodiscard]] std::string in_words(const std::byte* item);

}  // namespace eventail::payload
