// An outbox with its intake, for tests that publish, confirm and lose connections step by step.
#pragma once

#include "bus/outbox.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace eventail::test {

class OutboxBench : public testing::Test {
protected:
    using Sequence = bus::Sequence;
    using Sequences = std::vector<Sequence>;
    static constexpr Duration retry_delay = std::chrono::seconds{15};

    Sequence publishes(bus::Ticket ticket = {}, const std::string& frames = "frames") {
        if (ticket.key == 0) ticket.key = 100 + intake.next_sequence();
        const Sequence sequence = intake.append(wire::as_bytes(frames), ticket);
        absorbs();
        return sequence;
    }
    Sequence publishes_for_owner() { return publishes({.retry = bus::Retry::by_owner}); }
    void absorbs() {
        intake.take(batch);
        outbox.absorb(batch.messages);
        batch.clear();
        releases();
    }
    void releases() {
        for (bus::SharedSegment& segment : std::exchange(outbox.released(), {})) {
            intake.release(std::move(segment));
        }
    }

    /// Everything that can be sent now.
    Sequences sends() {
        Sequences sent;
        while (const auto range = outbox.next()) sent.push_back(range->sequence);
        return sent;
    }
    void acks(std::uint64_t tag, bool multiple = false) {
        outbox.confirm(tag, multiple, true, now);
        releases();
    }
    void nacks(std::uint64_t tag, bool multiple = false) {
        outbox.confirm(tag, multiple, false, now);
    }
    void passes(Duration duration) {
        now += duration;
        outbox.retry_due(now);
    }

    bus::Intake intake{{}};
    bus::Intake::Batch batch;
    bus::Outbox outbox{{.retry_delay = retry_delay}};
    TimePoint now = TimePoint{} + std::chrono::hours{1};
};

}  // namespace eventail::test
