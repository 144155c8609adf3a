// The message that is counted, the same as the benchmarks': an event with a map of nine fields, 256
// bytes of CBOR.
#pragma once

#include "wire/buffer.hpp"
#include <eventail/payload.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace eventail::counts {

inline constexpr std::string_view order_name = "OrderPlaced";
inline constexpr std::string_view conversation_id = "0d0ce5ac-39a1-4c5e-8b0c-5f1ff5c6e2d4";
inline constexpr std::string_view logical_service = "shop";

struct Order {
    std::uint64_t order_id = 1'700'000'000'123;
    double placed_at = 1'700'000'000.25;
    std::string customer = "Ada Lovelace, St James's Square, London";
    std::string sku = "ANALYTICAL-ENGINE-0042";
    std::uint32_t quantity = 3;
    double unit_price = 19.99;
    bool is_express = true;
    std::vector<std::string> tags = {"brass", "steam"};
    std::string note = "Leave it with the neighbour if nobody is at home, please: number 12 or 14.";
};

/// Throws if it does not have the size that it is said to have.
Payload order_payload();

/// The frames of the event as a service publishes it.
wire::Buffer order_frames();

}  // namespace eventail::counts
