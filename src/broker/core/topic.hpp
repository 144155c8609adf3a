// Topic patterns: words between dots, `*` for exactly one word, `#` for any number of them, none
// included. The empty text has no words.
#pragma once

#include <string_view>

namespace eventail::broker {

/// Whether a topic exchange routes `key` along a binding by `pattern`. Takes time in the product of
/// both lengths at most, whatever they are: nothing is tried twice.
bool topic_matches(std::string_view pattern, std::string_view key);

}  // namespace eventail::broker
