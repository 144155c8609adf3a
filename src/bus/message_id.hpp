// The ids of messages: counted ones, unique in the world, and derived ones, the same whenever a
// handler runs again for one input and publishes the same. (protocol.md, "Messages")
#pragma once

#include "bus/envelope.hpp"
#include "bus/hash128.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

namespace eventail::bus {

/// An id in place: making one allocates nothing.
class MessageId {
public:
    /// A counted one: the prefix, a hyphen and the number.
    MessageId(std::string_view prefix, std::uint64_t number);
    /// A derived one: "d-" and 32 hexadecimal digits.
    explicit MessageId(const Hash128& hash);

    std::string_view text() const { return {text_.data(), length_}; }
    /// By which the message is found when it comes back; see key_of().
    std::uint64_t key() const { return key_; }

private:
    std::uint64_t key_;
    std::array<char, 48> text_;
    std::size_t length_;
};

/// The key of an id, if it is derived or begins with `prefix`.
std::optional<std::uint64_t> key_of(std::string_view message_id, std::string_view prefix);

/// Whether an id is one of this library's, from whatever process. Others' need not be unique.
bool is_ours(std::string_view message_id);

/// What the ids of one call of a handler are derived from.
struct Origin {
    std::string_view message_id = {};  ///< of the input
    std::string_view queue = {};       ///< that it came from: each service that gets it differs
};

/// Derives the ids of what one call of a handler publishes. For a handler that publishes up to
/// eight different messages it allocates nothing.
class IdDerivation {
public:
    /// What it refers to must live as long.
    explicit IdDerivation(Origin origin) : origin_(origin) {}

    /// The input has an id that others can be derived from.
    bool is_possible();

    /// A message without id and timestamp, and its encoded content, as one number.
    Hash128 hash_of(const Outgoing& message, wire::Bytes content) const;
    /// The id of the next message with this hash: equal ones are told apart by their order.
    MessageId next_id(const Hash128& hash) const;
    /// One was published.
    void count(const Hash128& hash);

private:
    struct Less {
        bool operator()(const Hash128& left, const Hash128& right) const {
            return left.first != right.first ? left.first < right.first
                                             : left.second < right.second;
        }
    };
    struct Published {
        Hash128 hash;
        std::uint64_t count;
    };

    std::uint64_t count_of(const Hash128& hash) const;

    Origin origin_;
    std::optional<bool> is_possible_;
    std::array<Published, 8> first_;  // the first of them, not initialised beyond their number
    std::size_t first_count_ = 0;
    std::map<Hash128, std::uint64_t, Less> more_;
};

}  // namespace eventail::bus
