#include "bus/dispatch.hpp"

#include <eventail/error.hpp>

namespace eventail::bus {

PatternRank rank_of(std::string_view pattern) {
    PatternRank rank;
    for (wire::TopicWords words(pattern); !words.is_at_end(); words.advance()) {
        if (words.word() == "#") {
            ++rank.hashes;
        } else if (words.word() != "*") {
            ++rank.literal_words;
        }
    }
    return rank;
}

std::string_view last_word(std::string_view key) {
    const std::size_t dot = key.rfind('.');
    return dot == std::string_view::npos ? key : key.substr(dot + 1);
}

void refuse_duplicate_handler(std::string_view key) {
    throw Error(Errc::invalid_argument,
                "a handler for '" + std::string(key) + "' is registered already");
}

}  // namespace eventail::bus
