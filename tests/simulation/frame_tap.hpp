// Listens to one direction of a connection and reports its frames, as far as invariants need them.
// Each sighting carries its end position in the stream, so that the time of its arrival can be
// found later.
#pragma once

#include "wire/frame.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace eventail::simulation {

struct Sighting {
    enum class What : std::uint8_t {
        publish,
        settle,  ///< basic.ack, nack or reject, from either side
        deliver,
        returned,
        cancel,
        channel_open,
        channel_close,
        channel_close_ok,
        connection_close
    };
    What what = What::publish;
    std::uint16_t channel = 0;
    std::uint64_t tag = 0;
    bool is_ack = false;
    bool is_requeued = false;
    bool is_multiple = false;
    bool is_flagged = false;  ///< mandatory; redelivered
    std::uint16_t code = 0;
    std::string exchange = {};
    std::string name = {};  ///< routing key, consumer tag, or the text of a close
    std::string message_id = {};
    std::string start_of_body = {};
    std::uint64_t end = 0;
};

class FrameTap {
public:
    explicit FrameTap(wire::StreamStart start) : reader_(wire::default_frame_bytes, start) {
        reader_.set_max_header_bytes(wire::default_frame_bytes);
        if (start == wire::StreamStart::protocol_header) position_ = 8;
    }

    void feed(wire::Bytes bytes, std::vector<Sighting>& sightings);

private:
    struct Content {
        Sighting sighting = {};
        std::uint64_t missing_bytes = 0;
    };

    void see(const wire::Frame& frame, std::vector<Sighting>& sightings);
    void see_method(const wire::Frame& frame, std::vector<Sighting>& sightings);

    wire::FrameReader reader_;
    std::uint64_t position_ = 0;
    std::optional<Content> contents_[3];  // by channel: our service uses 1 and 2
};

}  // namespace eventail::simulation
