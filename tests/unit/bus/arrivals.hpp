// Deliveries as interpret() gets them, and what becomes of them.
#pragma once

#include "bus/interpret.hpp"
#include "unit/bus/recorded_messages.hpp"
#include "wire/table.hpp"

#include <string>
#include <type_traits>
#include <variant>

namespace eventail::bus::test {

inline constexpr std::uint64_t token = 4711;

using Incoming = std::variant<Event, Command, Result, Configuration, Poison>;

inline Incoming read(const amqp::Delivery& delivery, Source source,
                     const PayloadLimits& limits = {}) {
    Job job;
    if (auto poison = interpret(delivery, source, token, limits, job)) return *poison;
    return std::visit(
        [](const auto& work) -> Incoming {
            if constexpr (std::is_base_of_v<Message, std::decay_t<decltype(work)>>) return work;
            return Poison{"it is no message"};
        },
        job.work);
}

inline amqp::Delivery delivery_of(const RecordedMessage& message) {
    return {.exchange = message.exchange,
            .routing_key = message.routing_key,
            .properties = message.properties(),
            .body = wire::as_bytes(message.body),
            .body_size = message.body.size()};
}

/// A delivery with extra headers; `{"n": 1}` in CBOR.
struct Arrival {
    wire::Table headers = {};
    amqp::Delivery delivery = {.exchange = "events",
                               .routing_key = "probe.Happened",
                               .properties = {.content_type = "application/cbor"},
                               .body = wire::as_bytes("\xa1\x61n\x01")};

    Arrival() { headers.set("conversation_id", "conv"); }

    Incoming on(Source source) {
        delivery.properties.headers = headers.view();
        delivery.body_size = delivery.oversized ? delivery.body_size : delivery.body.size();
        return read(delivery, source);
    }
    template <class Kind>
    Kind as(Source source) {
        return std::get<Kind>(on(source));
    }
    std::string poison_on(Source source) { return std::get<Poison>(on(source)).reason; }
};

}  // namespace eventail::bus::test
