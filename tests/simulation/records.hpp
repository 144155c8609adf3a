// What is known of a message, from being accepted to being settled, and of each time that it was
// given to a handler.
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
    bool is_destroyed = false;  ///< by the schedule, so that nothing is to be expected any more

    /// Not all that came in is with a consumer, or was.
    bool may_be_ready() const { return published + given_back > delivered; }
};

struct MessageRecord;

/// What has one id: a message, or several that handlers published that ran again for one input.
struct Identity {
    std::string id = {};
    std::vector<MessageRecord*> messages = {};
    std::map<std::string, Copies, std::less<>> copies = {};  ///< by queue
};

struct MessageRecord {
    std::string id = {};
    Identity* identity = nullptr;
    std::string label = {};  ///< what its content begins with
    std::string kin = {};    ///< all that its id was derived from; empty: it is counted
    std::size_t author = 0;  ///< which incarnation
    bus::Sequence sequence = 0;
    std::string exchange = {};
    std::string name = {};
    bool is_mandatory = false;
    bool is_persistent = true;
    unsigned depth = 0;

    // What its author knows.
    bool was_sent = false;
    bool is_confirmed = false;
    bool was_confirmed_late = false;  ///< when it was closing already: it may not have listened
    bool is_returned = false;
    bool is_return_handled = false;
    bool is_refusal_handled = false;
    bool is_author_gone = false;   ///< which never heard what became of it
    std::uint64_t pending_on = 0;  ///< the channel on which it was sent last
    std::uint64_t nacked_on = 0;

    /// Its author published others with its id.
    bool has_namesakes() const {
        return std::ranges::any_of(identity->messages, [this](const auto* other) {
            return other != this && other->author == author;
        });
    }
    /// Its author is done with it, or with another one that has its id: on the line they look
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

/// A delivery, as the worker that got it sees it.
struct Handling {
    enum class State : std::uint8_t { queued, running, ended };
    enum class Decision : std::uint8_t { none, acknowledge, reject };

    MessageRecord* input = nullptr;
    std::uint64_t token = 0;
    State state = State::queued;
    Decision decision = Decision::none;
    bus::Sequence first = 0;  ///< accepted during the handler's run: from here
    bus::Sequence end = 0;    ///< to before here
};

}  // namespace eventail::simulation
