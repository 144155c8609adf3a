// The least that a client needs: a blocking socket, the handshake, one channel. The program does
// the rest: it writes prepared bytes and looks at incoming ones.
#pragma once

#include "wire/frame.hpp"
#include "wire/methods.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace eventail::bench {

class RawClient {
public:
    static constexpr std::uint16_t channel = 1;

    /// Connects to 127.0.0.1 as guest, with one channel open. Throws std::runtime_error.
    explicit RawClient(std::uint16_t port);
    ~RawClient();
    RawClient(const RawClient&) = delete;
    RawClient& operator=(const RawClient&) = delete;

    /// Sends a method and waits for its answer, without checking it.
    template <typename M>
    void request(const M& method) {
        wire::Buffer bytes;
        wire::encode_method(bytes, channel, method);
        write(bytes.view());
        read_method();
    }

    void declare_exchange(std::string_view name);
    /// Durable, and bound to one routing key.
    void declare_queue(std::string_view name, std::string_view exchange,
                       std::string_view routing_key);
    void consume(std::string_view queue, std::uint16_t prefetch_count);

    void write(wire::Bytes bytes);
    /// Waits for bytes and returns the socket's content, after the rest of the last read() or of
    /// the handshake.
    wire::Bytes read();
    /// Keeps the last `count` returned bytes, the start of a frame, for the next read().
    void keep(std::size_t count) { kept_bytes_ = count; }

    /// Waits until all of `place` is filled.
    void read_exactly(std::span<std::byte> place);

    std::size_t max_frame_bytes() const { return max_frame_bytes_; }

private:
    /// The next method frame's payload, valid until the next read.
    wire::Bytes read_method();

    int socket_ = -1;
    std::size_t max_frame_bytes_ = wire::default_frame_bytes;
    wire::Buffer input_;
    std::size_t kept_bytes_ = 0;  // at the end of input_
    bool has_unseen_ = false;     // bytes came with an answer and may be whole frames
};

/// Calls `on_frame(type, payload)` for every complete frame at the front of `input`, and returns
/// how many bytes are left. Body frames may be large, so they may be incomplete: `skipped_bytes`
/// holds how much of one is still to come.
template <typename OnFrame>
std::size_t for_each_frame(wire::Bytes input, std::size_t& skipped_bytes, OnFrame on_frame) {
    for (;;) {
        const std::size_t skipped = skipped_bytes < input.size() ? skipped_bytes : input.size();
        skipped_bytes -= skipped;
        input = input.subspan(skipped);
        if (input.size() < wire::frame_header_bytes) return input.size();
        const auto type = static_cast<wire::FrameType>(input[0]);
        const std::size_t size = wire::load_big_endian<std::uint32_t>(input.data() + 3);
        const std::size_t frame_bytes = size + wire::frame_overhead_bytes;
        if (type == wire::FrameType::body) {
            skipped_bytes = frame_bytes;
            continue;
        }
        if (input.size() < frame_bytes) return input.size();
        on_frame(type, input.subspan(wire::frame_header_bytes, size));
        input = input.subspan(frame_bytes);
    }
}

/// For a method frame: class and method as one number.
inline std::uint32_t method_number(wire::Bytes payload) {
    return wire::load_big_endian<std::uint32_t>(payload.data());
}
template <typename M>
inline constexpr std::uint32_t number_of =
    static_cast<std::uint32_t>(M::id.class_id) << 16 | M::id.method_id;

}  // namespace eventail::bench
