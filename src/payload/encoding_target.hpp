// The target of a PayloadWriter and its limits: kept out of the public headers.
#pragma once

#include "wire/buffer.hpp"
#include <eventail/payload.hpp>

#include <cstddef>

namespace eventail::detail {

struct EncodingTarget {
    wire::Buffer& buffer;
    std::size_t start;      // size of the buffer before
    std::size_t max_bytes;  // limit for the new content

    /// Appends the content as CBOR. Throws Error, and leaves the buffer unchanged then. @return its
    /// nesting depth
    static std::size_t encode(const Value& content, wire::Buffer& buffer,
                              const PayloadLimits& limits);
};

}  // namespace eventail::detail
