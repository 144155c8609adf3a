// Topic patterns as topic exchanges read them: words between dots, `*` for exactly one word, `#`
// for any number of words, including none. The empty text has no words. (AMQP 0-9-1,
// section 3.1.3.3)
#pragma once

#include <cstddef>
#include <string_view>

namespace eventail::wire {

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

/// Whether one of its words is `*` or `#`.
bool is_topic_pattern(std::string_view key);

/// Whether a topic exchange routes `key` along a binding with `pattern`. Takes time in the product
/// of both lengths at most.
bool topic_matches(std::string_view pattern, std::string_view key);

}  // namespace eventail::wire
