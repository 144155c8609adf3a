// MurmurHash3 (x64, 128 bits), by Austin Appleby: spreads well and runs at memory speed. It does
// not protect against someone who looks for two texts with the same hash.
#pragma once

#include "wire/buffer.hpp"

#include <cstdint>

namespace eventail::bus {

struct Hash128 {
    std::uint64_t first = 0;
    std::uint64_t second = 0;

    friend bool operator==(const Hash128&, const Hash128&) = default;
};

/// The seed may be the hash of the preceding bytes. Gives the same result on every machine.
Hash128 hash128(wire::Bytes bytes, Hash128 seed = {});

}  // namespace eventail::bus
