// Says where in a payload a value is, and what it is, for error messages. Walks through the payload
// again, so that readers need not keep track.
#pragma once

#include <cstddef>
#include <string>

namespace eventail::payload {

/// The path from `root` to the item or key at `item`: `caller.tags[3]`; "payload" for the root
/// itself. Quotes keys that are not plain names; ends in "…" if it is too long for a line.
[[nodiscard]] std::string path_of(const std::byte* root, const std::byte* item);

/// The path that a missing key would have.
[[nodiscard]] std::string path_of(const std::byte* root, const std::byte* map,
                                  std::string_view key);

/// Describes an item: `text "x"`, `the integer 3`, `a list of 2`.
[[nodiscard]] std::string in_words(const std::byte* item);

}  // namespace eventail::payload
