// A connection between a service and the broker: two pipes, the broker's peer at one end, and the
// listening witness.
#pragma once

#include "broker/peer/peer.hpp"
#include "bus/link_user.hpp"
#include "simulation/line_witness.hpp"
#include "simulation/pipe.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace eventail::simulation {

class Service;

struct Line final : broker::PeerTransport {
    Line(std::uint64_t number, Service& of_service, bus::LinkId of_link, const Dice& dice,
         std::unique_ptr<LineWitness> observer)
        : serial(number),
          service(of_service),
          link(of_link),
          up(dice.about("up")),
          down(dice.about("down")),
          witness(std::move(observer)) {}

    void output_is_ready() override { is_touched = true; }
    void log(const std::string&) override {}

    std::uint64_t serial;
    Service& service;
    bus::LinkId link;
    Pipe up;
    Pipe down;
    std::unique_ptr<LineWitness> witness;
    std::unique_ptr<broker::Peer> peer = {};  ///< null: the broker has closed it
    bool is_touched = true;                   ///< the peer: check what it wants
    std::optional<TimePoint> peer_deadline = {};
    bool is_service_there = true;
    bool has_more_to_write = false;  ///< the service has more to write than there was room for
    bool is_frozen_for_good = false;
    bool was_deprived_of_confirms = false;
};

}  // namespace eventail::simulation
