// What a PayloadWriter writes into, and how much of it: kept out of the public headers.
#pragma once

#include "wire/buffer.hpp"
#include <eventail/payload.hpp>

#include <cstddef>

namespace eventail::detail {

struct Encoding {
    wire::Buffer& buffer;
    std::size_t start;      // what was there before
    std::size_t max_bytes;  // of what is written

    /// Appends the content as CBOR. Throws Error, and the buffer is then as it was.
    /// @return how deeply it is nested
    static std::size_t encode(const Value& content, wire::Buffer& buffer,
                              const PayloadLimits& limits);
};

}  // namespace eventail::detail
