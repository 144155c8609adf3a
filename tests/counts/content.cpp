// Payloads alone: checking incoming content, reading in place.
#include "counts/figures.hpp"
#include "counts/order.hpp"
#include "payload/cbor_scan.hpp"

#include <stdexcept>

namespace eventail::counts {

void check_payload(Meter& meter) {
    const Payload payload = order_payload();
    bool is_refused = false;
    while (meter.goes_on()) {
        meter.collect([&] {
            for (std::size_t i = 0; i < Meter::batch; ++i) {
                is_refused |= payload::cbor::scan(payload.cbor(), 64).refusal != nullptr;
            }
        });
    }
    if (is_refused) throw std::logic_error("the order is refused");
}

void read_three_fields(Meter& meter) {
    const Payload payload = order_payload();
    const Order order;
    bool is_same = true;
    while (meter.goes_on()) {
        meter.collect([&] {
            for (std::size_t i = 0; i < Meter::batch; ++i) {
                is_same &= payload["order_id"].get<std::uint64_t>() == order.order_id;
                is_same &= payload["unit_price"].get<double>() == order.unit_price;
                is_same &= payload["customer"].get<std::string_view>() == order.customer;
            }
        });
    }
    if (!is_same) throw std::logic_error("the order is read wrongly");
}

void read_described(Meter& meter) {
    const Payload payload = order_payload();
    const Order order;
    bool is_same = true;
    while (meter.goes_on()) {
        meter.collect([&] {
            for (std::size_t i = 0; i < Meter::batch; ++i) {
                const auto read = payload.get<OrderView>();
                is_same &= read.order_id == order.order_id && read.note == order.note;
            }
        });
    }
    if (!is_same) throw std::logic_error("the order is read wrongly");
}

}  // namespace eventail::counts
