// Knows the promises, watches everything on the lines, and finds violations. Its knowledge comes
// from the bytes on the lines and from the instructions to services, never from inside workers or
// the broker. (protocol.md, "Acknowledgement: nothing is lost")
#pragma once

#include "simulation/records.hpp"
#include "simulation/schedule.hpp"
#include "simulation/trace.hpp"

#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace eventail::simulation {

class LineWitness;

/// Ids, each with the queue that dead-lettered it.
using DeadLetters = std::set<std::pair<std::string, std::string>>;

class Witness {
public:
    using IsBound = std::function<bool(std::string_view queue, std::string_view exchange,
                                       std::string_view name)>;

    Witness(const Schedule& schedule, Trace& trace, const TimePoint& now);

    void ask_for_bindings(IsBound is_bound) { is_bound_ = std::move(is_bound); }

    /// Keeps the first one only.
    void violation(std::string text);
    const std::string& violation() const { return violation_; }
    template <typename... Parts>
    void note(const Parts&... parts) {
        trace_.note(now_, parts...);
    }

    // ---- Services

    std::size_t new_incarnation();
    void consumes_on(std::size_t incarnation, LineWitness* line);
    void accepted(MessageRecord record);
    /// Identifies the consuming channel among all channels ever. 0: there is no connection.
    std::uint64_t consuming_channel(std::size_t incarnation) const;
    /// on_ready has begun on it.
    bool has_begun_readiness(std::size_t incarnation) const;
    /// on_ready begins.
    void begins_readiness(std::size_t incarnation, bool needs_configuration);
    /// on_ready, begun under that channel, ends.
    void ends_readiness(std::size_t incarnation, std::uint64_t channel);
    /// A handler of configurations, begun under that channel, has said so.
    void is_configured(std::size_t incarnation, std::uint64_t channel);
    /// @return null: nothing of the kind was delivered
    std::shared_ptr<Handling> begins(std::size_t incarnation, std::string_view message_id,
                                     std::uint64_t token, bus::Sequence accepted,
                                     bool needs_readiness);
    void settles_by_hand(std::size_t incarnation, const bus::ManualSettlement& settlement);
    void handled_returned(std::size_t incarnation, std::string_view message_id, bool is_refusal);
    /// It is gone and will not come back. Its unconfirmed messages may be lost.
    void dies(std::size_t incarnation);
    /// It has stopped for good and reports how many messages it abandoned.
    void stops(std::size_t incarnation, std::size_t abandoned);
    /// From now on nothing prevents a clean stop.
    void expects_clean_stops() { is_stop_clean_ = true; }

    // ---- The broker

    void destroys_queue(std::string_view queue);
    void destroys_transient_messages();
    /// The queue's ready messages are gone.
    void purges_queue(std::string_view queue);

    // ---- For lines

    Identity* find(std::string_view id);
    /// The message that this sending means: the first one not yet sent on this channel, unless it
    /// was nacked. Null: none of this author's.
    static MessageRecord* that_is_sent(const Identity& identity, std::size_t author,
                                       std::uint64_t channel);
    /// The message that this return means: the first one under way that has not come back yet.
    static MessageRecord* that_came_back(const Identity& identity, std::uint64_t channel);
    std::vector<MessageRecord*>& by(std::size_t incarnation) {
        return incarnations_[incarnation].by;
    }
    /// The durable queues that receive a message.
    const std::vector<std::string>& route(std::string_view exchange, std::string_view name) const;
    bool is_bound(std::string_view queue, std::string_view exchange, std::string_view name) const;
    void published(Identity& identity);
    /// The schedule asked for it, or deleted the missing queue.
    bool is_expected_close(std::string_view text) const;
    /// The channel was closed because of a message, which changes the order of resends.
    void has_suspects(std::size_t incarnation) { incarnations_[incarnation].has_suspects = true; }
    void check_order(const MessageRecord& message, std::uint64_t channel);

    /// Everything has come to rest.
    void check_end(const DeadLetters& dead_letters);

    const std::vector<std::string>& queues() const { return queues_; }

private:
    struct Incarnation {
        std::vector<MessageRecord*> by = {};  // by sequence
        std::size_t first_unsafe = 0;
        LineWitness* consuming = nullptr;
        std::uint64_t configured_on = 0;  // the consuming channel, or 0
        std::uint64_t readying_on = 0;
        std::uint64_t ready_on = 0;
        std::uint64_t last_token = 0;
        bool has_suspects = false;
    };

    void check_id(const MessageRecord& message, const Identity& identity);
    void check_end(const MessageRecord& message, const DeadLetters& dead_letters);

    Trace& trace_;
    const TimePoint& now_;
    IsBound is_bound_;
    bool is_stop_clean_ = false;
    std::string violation_;
    std::vector<std::string> queues_;
    std::set<std::string, std::less<>> deleted_queues_;
    std::map<std::pair<std::string, std::string>, std::vector<std::string>, std::less<>> routes_;
    std::deque<MessageRecord> messages_;
    std::unordered_map<std::string, Identity> by_id_;
    std::unordered_map<std::string, std::string> id_of_kin_;
    std::deque<Incarnation> incarnations_;
};

}  // namespace eventail::simulation
