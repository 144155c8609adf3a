#include "broker/core/topic.hpp"

#include <cstddef>

namespace eventail::broker {

namespace {

/// A position among the words of a text.
class Words {
public:
    explicit Words(std::string_view text) : text_(text), at_(text.empty() ? past_the_end() : 0) {}

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

}  // namespace

bool topic_matches(std::string_view pattern, std::string_view key) {
    Words wanted(pattern);
    Words given(key);
    bool has_seen_hash = false;
    Words wanted_after_hash = wanted;
    Words given_after_hash = given;

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
            // Only the latest `#` has to take more: what an earlier one would take, it can take.
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

}  // namespace eventail::broker
