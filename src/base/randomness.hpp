// The system's randomness. Part of the seam: docs/decisions/0020.
#pragma once

#include <cstdint>
#include <random>

namespace eventail {

inline std::uint32_t random_bits() { return std::random_device{}(); }

}  // namespace eventail
