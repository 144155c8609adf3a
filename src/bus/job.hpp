// The calls of user code that a worker asks of its shell, and their outcomes.
#pragma once

#include "bus/intake.hpp"
#include "payload/payload_block.hpp"
#include <eventail/message.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace eventail::bus {

/// on_unconfigured() is due.
struct Unconfigured {};
/// on_ready() is due.
struct Ready {};
/// handle_returned_message() is due.
struct ReturnedJob {
    Sequence sequence = 0;
    ReturnedMessage message = {};
};

/// Numbers the consuming channels, one after the other; a call of user code begins under one.
using ChannelLife = std::uint64_t;

/// One call of user code. End every job that Worker::next_job() returns.
struct Job {
    DeliveryToken token = 0;  ///< of the delivery; 0: without one
    ChannelLife life = 0;
    std::string queue = {};  ///< the queue that it came from
    std::variant<Unconfigured, Ready, ReturnedJob, Event, Command, Result, Configuration> work = {};
    /// Room for the next message's content, left by an earlier one.
    std::unique_ptr<detail::PayloadBlock> spare_block = {};
};

/// The message that a job delivers, or null.
const Message* message_of(const Job& job);
Message* message_of(Job& job);

/// Ended jobs, kept for reuse with all the memory of their messages, so that a steady flow of
/// messages allocates nothing. The memory of large contents is kept separately, up to 16 MiB: fresh
/// memory of that size costs more than receiving into it.
class SpareJobs {
public:
    std::unique_ptr<Job> take();
    void give_back(std::unique_ptr<Job> job);

    /// An empty buffer, with memory for a large content if any is spare.
    wire::Buffer take_large_buffer();

private:
    void keep_large(wire::Buffer buffer);

    std::vector<std::unique_ptr<Job>> jobs_;
    std::vector<wire::Buffer> large_buffers_;
    std::size_t large_bytes_ = 0;
};

/// How user code ended.
struct Outcome {
    enum class End : std::uint8_t {
        done,
        held,       ///< acknowledges by hand
        failed,     ///< threw
        unhandled,  ///< has no handler
        unfit,      ///< content does not fit the handler: poison, as if undecodable
        give_back   ///< could not publish because of back-pressure or a stop: not its fault
    };
    End end = End::done;
    bool is_configured = false;  ///< returned by a handler of configurations
    std::string error = {};      ///< one line, for a failure
};

}  // namespace eventail::bus
