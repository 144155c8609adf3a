// The content of the message in benchmarks and counts: a map of nine fields, 256 bytes of CBOR.
#pragma once

#include <eventail/described.hpp>
#include <eventail/value.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace eventail::bench {

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
BOOST_DESCRIBE_STRUCT(Order, (),
                      (order_id, placed_at, customer, sku, quantity, unit_price, is_express, tags,
                       note))

/// The content as an initializer list, which is valid only during the call of `use`.
template <typename Use>
void with_list(const Order& order, Use use) {
    use(Value{{"order_id", order.order_id},
              {"placed_at", order.placed_at},
              {"customer", order.customer},
              {"sku", order.sku},
              {"quantity", order.quantity},
              {"unit_price", order.unit_price},
              {"is_express", order.is_express},
              {"tags", order.tags},
              {"note", order.note}});
}

}  // namespace eventail::bench
