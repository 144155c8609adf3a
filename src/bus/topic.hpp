// Topic patterns as the broker's topic exchanges read them: words between dots, `*` for one word,
// `#` for any number of them, none included. The empty text has no words.
#pragma once

#include <cstddef>
#include <string_view>

namespace eventail::bus {

/// A position among the words of a routing key or a pattern.
class TopicWords {
public:
    explicit TopicWords(std::string_view text)
        : text_(text), at_(text.empty() ? past_the_end() : 0) {}

    bool is_at_end() const { return at_ == past_the_end(); }
    std::string_view word() const { return text_.substr(at_, end_of_word() - at_); }
    void advance() { at_ = end_of_word() + 1; }

private:
    std::size_t past_the_end() const { return text_.size() + 1; }
    std::size_t end_of_word() const {
        const std::size_t dot = text_.find('.', at_);
        return dot == std::string_view::npos ? text_.size() : dot;
    }

    std::string_view text_;
    std::size_t at_;
};

/// Whether a topic exchange would route `key` along a binding by `pattern`. Takes time in the
/// product of both lengths at most.
inline bool topic_matches(std::string_view pattern, std::string_view key) {
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
            // Only the latest `#` can help: whatever an earlier one took more, this one can take.
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

}  // namespace eventail::bus
