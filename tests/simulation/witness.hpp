// Knows what was promised, watches everything that is said, and finds what breaks a promise. What
// it knows comes from the bytes on the lines and from what services were told to do, never from the
// insides of workers or broker. (protocol.md, "Acknowledgement: nothing is lost")
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

/// Ids, each with the queue that it died in.
using DeadLetters = std::set<std::pair<std::string, std::string>>;

class Witness {
public:
    using IsBound = std::function<bool(std::string_view queue, std::string_view exchange,
                                       std::string_view name)>;

    Witness(const Schedule& schedule, Trace& trace, const TimePoint& now);

    void ask_for_bindings(IsBound is_bound) { is_bound_ = std::move(is_bound); }

    /// Keeps the first.
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
    /// Names the consuming channel, of all there ever are. 0: there is none.
    std::uint64_t consuming_channel(std::size_t incarnation) const;
    /// on_ready begins.
    void begins_readiness(std::size_t incarnation, bool needs_configuration);
    /// It has ended, which began under that channel.
    void ends_readiness(std::size_t incarnation, std::uint64_t channel);
    /// So a handler of configurations has said, which began under that channel.
    void is_configured(std::size_t incarnation, std::uint64_t channel);
    /// @return null: nothing of the kind was delivered
    std::shared_ptr<Handling> begins(std::size_t incarnation, std::string_view message_id,
                                     std::uint64_t token, bus::Sequence accepted,
                                     bool needs_readiness);
    void settles_by_hand(std::size_t incarnation, const bus::ManualSettlement& settlement);
    void handled_returned(std::size_t incarnation, std::string_view message_id, bool is_refusal);
    /// It is gone and will not come back. What it never got confirmed may be lost.
    void dies(std::size_t incarnation);
    /// It has stopped for good and says how many messages it had to give up.
    void stops(std::size_t incarnation, std::size_t abandoned);
    /// From now on nothing is in the way of a stop.
    void expects_clean_stops() { is_stop_clean_ = true; }

    // ---- The broker

    void destroys_queue(std::string_view queue);
    void destroys_transient_messages();
    /// What is ready there is gone.
    void purges_queue(std::string_view queue);

    // ---- For lines

    Identity* find(std::string_view id);
    /// Which of them goes out on this channel: the first that has not, unless it was nacked. Null:
    /// it is not that author's.
    static MessageRecord* that_is_sent(const Identity& identity, std::size_t author,
                                       std::uint64_t channel);
    /// Which of them has come back: the first that is under way and has not before.
    static MessageRecord* that_came_back(const Identity& identity, std::uint64_t channel);
    std::vector<MessageRecord*>& by(std::size_t incarnation) {
        return incarnations_[incarnation].by;
    }
    /// Durable queues that a message goes to.
    const std::vector<std::string>& route(std::string_view exchange, std::string_view name) const;
    bool is_bound(std::string_view queue, std::string_view exchange, std::string_view name) const;
    void published(Identity& identity);
    /// The schedule asked for it, or deleted the queue that is missed.
    bool is_expected_close(std::string_view text) const;
    /// The channel was closed because of a message: the order of resends is another then.
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
        std::uint64_t configured_on = 0;  // which consuming channel
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
