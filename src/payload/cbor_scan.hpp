// The check of CBOR that comes from outside: one pass, no recursion, no allocation. Well-formed by
// RFC 8949, and what protocol.md, "Payload", admits of it; the size limit is the caller's.
#pragma once

#include <eventail/error.hpp>

#include <cstddef>
#include <span>

namespace eventail::payload::cbor {

struct Scan {
    const char* refusal = nullptr;  // why it is refused; null if it is not
    Errc code = Errc::invalid_payload;
    std::size_t offset = 0;  // of what is refused
    std::size_t depth = 0;   // of the lists and maps within each other
    /// Can be read in place: no tags, no indefinite lengths, surely no duplicate keys.
    bool plain = true;
};

[[nodiscard]] Scan scan(std::span<const std::byte> bytes, std::size_t max_depth) noexcept;

/// A bignum (tags 2 and 3) by its bytes, or false if it does not fit 64 bits.
[[nodiscard]] bool bignum_fits(std::uint64_t& magnitude, bool negative,
                               std::span<const std::byte> bytes) noexcept;

}  // namespace eventail::payload::cbor
