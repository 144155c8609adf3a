// Cuts an encoded message for a peer that accepts smaller frames: a message published on one
// connection may have to be sent again on another.
#pragma once

#include "wire/buffer.hpp"

#include <cstddef>

namespace eventail::wire {

/// Appends a complete message, given as its method, header and body frames, with no frame larger
/// than `max_frame_bytes`. Returns false and appends nothing if the method or the header exceeds
/// that: neither can be split. `frames` must come from this layer's encoders and must not lie in
/// `out`.
bool reframe(Bytes frames, Buffer& out, std::size_t max_frame_bytes);

}  // namespace eventail::wire
