#include "wire/topic.hpp"

namespace eventail::wire {

bool is_topic_pattern(std::string_view key) {
    for (TopicWords words(key); !words.is_at_end(); words.advance()) {
        if (words.word() == "*" || words.word() == "#") return true;
    }
    return false;
}

bool topic_matches(std::string_view pattern, std::string_view key) {
    TopicWords wanted(pattern);
    TopicWords given(key);
    bool has_seen_hash = false;
    TopicWords wanted_after_hash = wanted;
    TopicWords given_after_hash = given;

    while (!given.is_at_end()) {
        if (!wanted.is_at_end() && wanted.word() == "#") {
            wanted.advance();
            has_seen_hash = true;
            wanted_after_hash = wanted;
            given_after_hash = given;
        } else if (!wanted.is_at_end() && (wanted.word() == "*" || wanted.word() == given.word())) {
            wanted.advance();
            given.advance();
        } else if (has_seen_hash) {
            // Only the latest `#` has to take more: it can take anything that an earlier one could.
            given_after_hash.advance();
            given = given_after_hash;
            wanted = wanted_after_hash;
        } else {
            return false;
        }
    }
    while (!wanted.is_at_end() && wanted.word() == "#") wanted.advance();
    return wanted.is_at_end();
}

}  // namespace eventail::wire
