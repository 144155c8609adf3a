// The witness's knowledge of a message, from accepted to settled, and of each time that a handler
// got it.
#pragma once

#include "bus/intake.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace eventail::simulation {

/// A message's copies in one queue. All counts only grow.
struct Copies {
    std::uint64_t published = 0;
    std::uint64_t delivered = 0;
    std::uint64_t given_back = 0;  ///< by request, or with a lost channel
    std::uint64_t acknowledged = 0;
    bool is_destroyed = false;  ///< by the schedule: expect nothing of them any more

    /// Some that came in are not with a consumer now, and were not.
    bool may_be_ready() const { return published + given_back > delivered; }
};

struct MessageRecord;

/// An id and its messages: one, or several from handlers that ran again for the same input.
struct Identity {
    std::string id = {};
    std::vector<MessageRecord*> messages = {};
    std::map<std::string, Copies, std::less<>> copies = {};  ///< by queue
};

struct MessageRecord {
    std::string id = {};
    Identity* identity = nullptr;
    std::string label = {};  ///< the start of its content
    std::string kin = {};    ///< everything its id was derived from; empty: the id is counted
    std::size_t author = 0;  ///< which incarnation
    bus::Sequence sequence = 0;
    std::string exchange = {};
    std::string name = {};
    bool is_mandatory = false;
    bool is_persistent = true;
    unsigned depth = 0;

    // Known to its author.
    bool was_sent = false;
    bool is_confirmed = false;
    bool was_confirmed_late = false;  ///< when it was already closing: it may not have listened
    bool is_returned = false;
    bool is_return_handled = false;
    bool is_refusal_handled = false;
    bool is_author_gone = false;   ///< gone without learning what became of it
    std::uint64_t pending_on = 0;  ///< the channel that sent it last
    std::uint64_t nacked_on = 0;

    /// Its author published other messages with its id.
    bool has_namesakes() const {
        return std::ranges::any_of(identity->messages, [this](const auto* other) {
            return other != this && other->author == author;
        });
    }
    /// Its author is done with it, or with another message with the same id: on the line they look
    /// alike.
    bool is_safe() const {
        return is_settled() || std::ranges::any_of(identity->messages, [this](const auto* other) {
                   return other->author == author && other->is_settled();
               });
    }
    bool is_settled() const {
        return (is_confirmed && (!is_returned || is_return_handled)) || is_refusal_handled;
    }
};

/// A delivery, as its worker sees it.
struct Handling {
    enum class State : std::uint8_t { queued, running, ended };
    enum class Decision : std::uint8_t { none, acknowledge, reject };

    MessageRecord* input = nullptr;
    std::uint64_t token = 0;
    State state = State::queued;
    Decision decision = Decision::none;
    bus::Sequence first = 0;  ///< first sequence accepted during the handler's run
    bus::Sequence end = 0;    ///< first one after it
};

}  // namespace eventail::simulation
