// The counted message, the same as the benchmarks': an event with an order.
#pragma once

#include "bench/order.hpp"
#include "wire/buffer.hpp"
#include <eventail/payload.hpp>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace eventail::counts {

inline constexpr std::string_view order_name = "OrderPlaced";
inline constexpr std::string_view conversation_id = "0d0ce5ac-39a1-4c5e-8b0c-5f1ff5c6e2d4";
inline constexpr std::string_view logical_service = "shop";

using bench::Order;

/// The same, with texts as views into the payload.
struct OrderView {
    std::uint64_t order_id = 0;
    double placed_at = 0;
    std::string_view customer = {};
    std::string_view sku = {};
    std::uint32_t quantity = 0;
    double unit_price = 0;
    bool is_express = false;
    std::array<std::string_view, 2> tags = {};
    std::string_view note = {};
};
BOOST_DESCRIBE_STRUCT(OrderView, (),
                      (order_id, placed_at, customer, sku, quantity, unit_price, is_express, tags,
                       note))

/// Throws unless it has the stated size.
Payload order_payload();

/// The frames of the event as a service publishes it.
wire::Buffer order_frames();

}  // namespace eventail::counts
