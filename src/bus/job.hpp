// What a worker asks its shell to do in user code, and what came of it.
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

/// Which of the consuming channels, one after the other, a call of user code began under.
using ChannelLife = std::uint64_t;

/// One call of user code. Every job that Worker::next_job() gave out must be ended.
struct Job {
    DeliveryToken token = 0;  ///< of the delivery; 0: there is none
    ChannelLife life = 0;
    std::string queue = {};  ///< that it came from
    std::variant<Unconfigured, Ready, ReturnedJob, Event, Command, Result, Configuration> work = {};
    /// Where the next message's content can go: what a former one left.
    std::unique_ptr<detail::PayloadBlock> spare_block = {};
};

/// The message that is delivered by a job, or null.
const Message* message_of(const Job& job);
Message* message_of(Job& job);

/// Jobs that ended, kept for those to come with all the memory that their messages took, so that a
/// steady flow of messages allocates nothing. What large contents took is kept apart, up to 16 MiB
/// of it: fresh memory of that size costs more than receiving into it does.
class SpareJobs {
public:
    std::unique_ptr<Job> take();
    void give_back(std::unique_ptr<Job> job);

    /// An empty buffer with memory for a large content, or without any.
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
        held,       ///< it acknowledges by hand
        failed,     ///< it threw
        unhandled,  ///< there is no handler
        unfit,      ///< its content is not what the handler takes: poison, as if undecodable
        give_back   ///< publishing failed because of back-pressure or a stop: not its fault
    };
    End end = End::done;
    bool is_configured = false;  ///< what a handler of configurations returned
    std::string error = {};      ///< one line, of a failure
};

}  // namespace eventail::bus
