// The frames that follow a method with content (AMQP 0-9-1, section 2.3.5.2): the header frame with
// the properties of the basic class, and the body frames. Also heartbeats, which carry nothing.
#pragma once

#include "wire/buffer.hpp"
#include "wire/table_view.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace eventail::wire {

/// A message's properties; unset ones are not sent.
struct Properties {
    std::optional<std::string_view> content_type = {};
    std::optional<std::string_view> content_encoding = {};
    std::optional<TableView> headers = {};
    std::optional<std::uint8_t> delivery_mode = {};  ///< 1 transient, 2 persistent.
    std::optional<std::uint8_t> priority = {};
    std::optional<std::string_view> correlation_id = {};
    std::optional<std::string_view> reply_to = {};
    std::optional<std::string_view> expiration = {};  ///< Milliseconds as decimal text.
    std::optional<std::string_view> message_id = {};
    std::optional<std::uint64_t> timestamp = {};  ///< Seconds since 1970.
    std::optional<std::string_view> type = {};
    std::optional<std::string_view> user_id = {};
    std::optional<std::string_view> app_id = {};
    std::optional<std::string_view> cluster_id = {};

    /// In the order of their flags, from the highest bit down.
    static void fields(auto& self, auto&& visit) {
        visit("content_type", self.content_type);
        visit("content_encoding", self.content_encoding);
        visit("headers", self.headers);
        visit("delivery_mode", self.delivery_mode);
        visit("priority", self.priority);
        visit("correlation_id", self.correlation_id);
        visit("reply_to", self.reply_to);
        visit("expiration", self.expiration);
        visit("message_id", self.message_id);
        visit("timestamp", self.timestamp);
        visit("type", self.type);
        visit("user_id", self.user_id);
        visit("app_id", self.app_id);
        visit("cluster_id", self.cluster_id);
    }

    friend bool operator==(const Properties&, const Properties&) = default;
};

/// A header frame's payload.
struct ContentHeader {
    std::uint16_t class_id = 60;
    std::uint64_t body_size = 0;
    Properties properties = {};

    friend bool operator==(const ContentHeader&, const ContentHeader&) = default;
};

/// A header frame's payload with its properties still unread. This is enough to follow the stream:
/// brokers relay properties without reading them, and one bad message is not a reason to give up a
/// connection.
struct RawContentHeader {
    std::uint16_t class_id = 60;
    std::uint64_t body_size = 0;
    Bytes properties = {};  ///< Flags and values, for decode_properties().
};

/// Splits a header frame's payload. Throws ProtocolError (502) if the payload is cut short, belongs
/// to another class than basic, or has a weight.
RawContentHeader split_content_header(Bytes frame_payload);

/// Reads flags and values. The result is views into the bytes. Throws ProtocolError (502) if they
/// are malformed, cut short, too long, or flag properties that the basic class does not have.
Properties decode_properties(Bytes properties);

/// Does both at once.
ContentHeader decode_content_header(Bytes frame_payload);

/// Appends a header frame and returns its size in bytes: a header cannot be split, so the caller
/// compares with frame_max. Throws std::length_error for a text of more than 255 bytes, and appends
/// nothing then.
std::size_t encode_content_header(Buffer& buffer, std::uint16_t channel,
                                  const ContentHeader& header);

/// The size of a header frame's payload. Throws std::length_error for a text of more than 255
/// bytes.
std::size_t content_header_bytes(const ContentHeader& header);
/// Writes content_header_bytes() bytes. @return where they end
std::byte* write_content_header(std::byte* out, const ContentHeader& header);

/// Appends the body in frames of at most `max_frame_bytes` (more than the overhead); no frame if it
/// is empty. Returns their size in bytes.
std::size_t encode_body(Buffer& buffer, std::uint16_t channel, Bytes body,
                        std::size_t max_frame_bytes);

/// Appends a heartbeat frame and returns its size in bytes.
std::size_t encode_heartbeat(Buffer& buffer);

}  // namespace eventail::wire
