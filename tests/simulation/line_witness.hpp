// The witness of one connection. Reads each direction once, when it is written, and infers arrival
// from the number of bytes. So it distinguishes four moments: a worker sends something, the broker
// receives it, the broker sends something, and the worker receives that.
#pragma once

#include "bus/link_user.hpp"
#include "simulation/frame_tap.hpp"
#include "simulation/witness.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace eventail::simulation {

class LineWitness {
public:
    LineWitness(Witness& witness, std::uint64_t serial, std::size_t incarnation, const Role& role,
                bus::LinkId link);

    void worker_wrote(wire::Bytes bytes);
    void broker_reads(std::size_t count);
    void broker_wrote(wire::Bytes bytes);
    void worker_reads(std::size_t count, bool is_worker_closing);
    /// The connection has ended for that side. May be reported repeatedly.
    void broker_lost();
    void worker_lost();

    using Unsettled = std::map<std::uint64_t, std::shared_ptr<Handling>>;
    /// By tag: deliveries on the present channel that the worker has not answered.
    const Unsettled& unsettled() const { return unsettled_; }
    std::shared_ptr<Handling> first_unhandled(std::string_view message_id) const;
    /// Identifies the worker's channel 1 among those of all lines: the next one as soon as the
    /// broker has closed the last.
    std::uint64_t channel() const {
        return channel_key() + (epoch_ == 0 || is_channel_closed_ ? 1 : 0);
    }

private:
    struct Direction {
        explicit Direction(wire::StreamStart start) : tap(start) {}
        FrameTap tap;
        std::deque<Sighting> on_their_way = {};
        std::uint64_t arrived_bytes = 0;
    };
    struct AtBroker {
        std::string queue = {};
        Identity* identity = nullptr;
    };

    std::string queue_of(std::string_view consumer_tag) const;
    void note(std::string_view who, const Sighting& seen);
    std::uint64_t channel_key() const { return serial_ << 16 | epoch_; }
    template <typename Handle>
    void pass_on(Direction& direction, std::size_t count, Handle&& handle);

    // line_witness_worker.cpp
    void worker_said(const Sighting& seen);
    void worker_published(const Sighting& seen);
    void worker_settled(const Sighting& seen);
    void check_settled(const Sighting& seen, const Handling& handling);
    void worker_heard(const Sighting& seen);
    void worker_heard_confirm(const Sighting& seen);

    // line_witness_broker.cpp
    void broker_heard(const Sighting& seen);
    void broker_settled(const Sighting& seen);
    void broker_said(const Sighting& seen);
    void broker_delivered(const Sighting& seen);
    void give_back_all();

    Witness& witness_;
    std::uint64_t serial_;
    std::size_t incarnation_;
    std::string service_;
    bool has_exclusive_queues_;
    bus::LinkId link_;
    Direction up_{wire::StreamStart::protocol_header};
    Direction down_{wire::StreamStart::frames};
    std::vector<Sighting> seen_;

    // The worker's side of channel 1.
    std::uint64_t epoch_ = 0;
    bool has_closed_channel_ = false;  // by itself
    bool is_channel_closed_ = false;   // by the broker
    bool is_worker_closing_ = false;
    Unsettled unsettled_;
    std::vector<MessageRecord*> sent_;  // by confirm tag; null: answered

    // The broker's side of channel 1.
    bool is_broker_deaf_ = true;
    bool has_broker_closed_channel_ = false;
    std::map<std::uint64_t, AtBroker> at_broker_;  // by delivery tag
};

}  // namespace eventail::simulation
