// Finds the handler for a message by its routing key. The worker knows what handlers are, and what
// to do without one.
#pragma once

#include "wire/topic.hpp"

#include <algorithm>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace eventail::bus {

/// How literal a topic pattern is.
struct PatternRank {
    std::size_t literal_words = 0;
    std::size_t hashes = 0;

    /// More literal words come first, then fewer `#`.
    friend bool operator<(const PatternRank& left, const PatternRank& right) {
        if (left.literal_words != right.literal_words) {
            return left.literal_words > right.literal_words;
        }
        return left.hashes < right.hashes;
    }
};

PatternRank rank_of(std::string_view pattern);

/// The part after the last dot; the whole key without a dot.
std::string_view last_word(std::string_view key);

[[noreturn]] void refuse_duplicate_handler(std::string_view key);

enum class Matching : unsigned char {
    whole_key,     ///< events, configurations
    or_last_word,  ///< commands, results: `pong.EchoMessage` also finds `EchoMessage`
};

/// Handlers by key or topic pattern.
template <class Handler>
class Dispatch {
public:
    explicit Dispatch(Matching matching) : matching_(matching) {}

    /// Registers a handler. Throws Error (invalid_argument) if `key` has one already.
    void add(std::string_view key, Handler handler) {
        if (!wire::is_topic_pattern(key)) {
            if (!exact_.try_emplace(std::string(key), std::move(handler)).second) {
                refuse_duplicate_handler(key);
            }
            return;
        }
        const auto has_key = [key](const Entry& entry) { return entry.pattern == key; };
        if (std::any_of(patterns_.begin(), patterns_.end(), has_key)) refuse_duplicate_handler(key);

        Entry entry{std::string(key), rank_of(key), std::move(handler)};
        const auto is_before = [](const Entry& left, const Entry& right) {
            return left.rank < right.rank;
        };
        patterns_.insert(std::upper_bound(patterns_.begin(), patterns_.end(), entry, is_before),
                         std::move(entry));
    }

    /// The handler for exactly this key, else for its last word, else for the most literal matching
    /// pattern (the first registered one among equals); null without any. Valid until add().
    const Handler* find(std::string_view routing_key) const {
        if (const Handler* handler = find_exact(routing_key)) return handler;
        if (matching_ == Matching::or_last_word) {
            if (const Handler* handler = find_exact(last_word(routing_key))) return handler;
        }
        for (const Entry& entry : patterns_) {
            if (wire::topic_matches(entry.pattern, routing_key)) return &entry.handler;
        }
        return nullptr;
    }

    bool empty() const { return exact_.empty() && patterns_.empty(); }

private:
    struct Entry {
        std::string pattern;
        PatternRank rank;
        Handler handler;
    };

    const Handler* find_exact(std::string_view key) const {
        const auto found = exact_.find(key);
        return found == exact_.end() ? nullptr : &found->second;
    }

    Matching matching_;
    std::map<std::string, Handler, std::less<>> exact_;
    std::vector<Entry> patterns_;  // sorted by rank
};

}  // namespace eventail::bus
