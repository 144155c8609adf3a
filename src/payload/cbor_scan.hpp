// Checks CBOR from outside: one pass, no recursion, no allocation. Accepts CBOR that is well-formed
// by RFC 8949 and allowed by protocol.md, "Payload". The caller limits the size.
#pragma once

#include <eventail/error.hpp>

#include <cstddef>
#include <span>

namespace eventail::payload::cbor {

struct Scan {
    const char* refusal = nullptr;  // why the content is refused; null if it is not
    Errc code = Errc::invalid_payload;
    std::size_t offset = 0;  // of the refused part
    std::size_t depth = 0;   // how deeply lists and maps are nested
    /// Can be read in place: no tags, no indefinite lengths, certainly no duplicate keys.
    bool plain = true;
};

[[nodiscard]] Scan scan(std::span<const std::byte> bytes, std::size_t max_depth) noexcept;

/// Reads a bignum (tags 2 and 3) from its bytes. False if it does not fit 64 bits.
[[nodiscard]] bool bignum_fits(std::uint64_t& magnitude, bool negative,
                               std::span<const std::byte> bytes) noexcept;

}  // namespace eventail::payload::cbor
