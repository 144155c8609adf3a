// A message on its way to the broker: basic.publish, its content header and its body, first
// measured, then written in one go to their destination.
#pragma once

#include "wire/methods/basic.hpp"
#include "wire/properties.hpp"

#include <cstddef>
#include <cstdint>

namespace eventail::wire {

/// The two frames before the body. Refers to all its arguments.
class PublicationHead {
public:
    /// Throws std::length_error for a short string of more than 255 bytes.
    PublicationHead(std::uint16_t channel, const BasicPublish& publish,
                    const ContentHeader& header);

    std::size_t size_bytes() const { return publish_bytes_ + header_bytes_; }
    /// Writes size_bytes() bytes. @return where they end
    std::byte* write(std::byte* out) const;

private:
    std::uint16_t channel_;
    const BasicPublish& publish_;
    const ContentHeader& header_;
    std::size_t publish_bytes_;
    std::size_t header_bytes_;
};

/// The size of a body in frames of at most `max_frame_bytes`. Throws std::invalid_argument if such
/// frames have no room for content.
std::size_t body_frames_bytes(std::size_t body_bytes, std::size_t max_frame_bytes);

/// Writes body_frames_bytes() bytes. @return where they end
std::byte* write_body_frames(std::byte* out, std::uint16_t channel, Bytes body,
                             std::size_t max_frame_bytes);

/// Writes the bytes before and after the content of one body frame, for a caller that writes the
/// content separately.
void encode_body_head(Buffer& buffer, std::uint16_t channel, std::size_t payload_bytes);
void encode_frame_end(Buffer& buffer);

}  // namespace eventail::wire
