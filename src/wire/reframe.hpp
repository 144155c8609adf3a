// Cuts a message that is already encoded for a peer that takes smaller frames: what was published
// on one connection may have to go out again on another one.
#pragma once

#include "wire/buffer.hpp"

#include <cstddef>

namespace eventail::wire {

/// Appends a complete message, given as its method, header and body frames, with no frame larger
/// than `max_frame_bytes`. False, and nothing appended, if the method or the header, which cannot
/// be split, is. `frames` must not lie in `out`, and be what the encoders of this layer wrote.
bool reframe(Bytes frames, Buffer& out, std::size_t max_frame_bytes);

}  // namespace eventail::wire
