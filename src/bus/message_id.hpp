// The ids of messages: counted ones, unique in the world, and derived ones, which stay the same
// when a handler runs again for the same input and publishes the same. (protocol.md, "Messages")
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

/// An id stored in place: creating one allocates nothing.
class MessageId {
public:
    /// A counted id: the prefix, a hyphen and the number.
    MessageId(std::string_view prefix, std::uint64_t number);
    /// A derived id: "d-" and 32 hexadecimal digits.
    explicit MessageId(const Hash128& hash);

    std::string_view text() const { return {text_.data(), length_}; }
    /// Identifies the message when it comes back; see key_of().
    std::uint64_t key() const { return key_; }

private:
    std::uint64_t key_;
    std::array<char, 48> text_;
    std::size_t length_;
};

/// The key of an id, if it is derived or begins with `prefix`.
std::optional<std::uint64_t> key_of(std::string_view message_id, std::string_view prefix);

/// Whether this library made the id, in any process. Other ids need not be unique.
bool is_ours(std::string_view message_id);

/// The basis for deriving ids in one call of a handler.
struct Origin {
    std::string_view message_id = {};  ///< of the input
    std::string_view queue = {};       ///< its source: each service that gets the input has another
};

/// Derives the ids of the messages that one call of a handler publishes. Allocates nothing for up
/// to eight different messages.
class IdDerivation {
public:
    /// The referenced texts must live as long.
    explicit IdDerivation(Origin origin) : origin_(origin) {}

    /// Whether the input has an id to derive others from.
    bool is_possible();

    /// A message without id and timestamp, with its encoded content, as one number.
    Hash128 hash_of(const Outgoing& message, wire::Bytes content) const;
    /// The id of the next message with this hash: the order distinguishes equal ones.
    MessageId next_id(const Hash128& hash) const;
    /// Makes room to count a message.
    void prepare_count(const Hash128& hash);
    /// Counts a published message, for which there is room.
    void count(const Hash128& hash) noexcept;

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
    std::array<Published, 8> first_;  // the first ones; uninitialised beyond their number
    std::size_t first_count_ = 0;
    std::map<Hash128, std::uint64_t, Less> more_;
};

}  // namespace eventail::bus
