// The exchange class; bind and unbind between exchanges are extensions of RabbitMQ.
#pragma once

#include "wire/buffer.hpp"
#include "wire/method_id.hpp"
#include "wire/table_view.hpp"

#include <cstdint>
#include <string_view>

namespace eventail::wire {

struct ExchangeDeclare {
    static constexpr MethodId id{40, 10};
    static constexpr std::string_view name = "exchange.declare";

    std::uint16_t reserved_1 = 0;
    std::string_view exchange = {};
    std::string_view type = {};
    bool passive = false;
    bool durable = false;
    bool auto_delete = false;
    bool internal = false;
    bool nowait = false;
    TableView arguments = {};

    static void fields(auto& self, auto&& visit) {
        visit("reserved_1", self.reserved_1);
        visit("exchange", self.exchange);
        visit("type", self.type);
        visit("passive", self.passive);
        visit("durable", self.durable);
        visit("auto_delete", self.auto_delete);
        visit("internal", self.internal);
        visit("nowait", self.nowait);
        visit("arguments", self.arguments);
    }
};

struct ExchangeDeclareOk {
    static constexpr MethodId id{40, 11};
    static constexpr std::string_view name = "exchange.declare-ok";

    static void fields(auto&, auto&&) {}
};

struct ExchangeDelete {
    static constexpr MethodId id{40, 20};
    static constexpr std::string_view name = "exchange.delete";

    std::uint16_t reserved_1 = 0;
    std::string_view exchange = {};
    bool if_unused = false;
    bool nowait = false;

    static void fields(auto& self, auto&& visit) {
        visit("reserved_1", self.reserved_1);
        visit("exchange", self.exchange);
        visit("if_unused", self.if_unused);
        visit("nowait", self.nowait);
    }
};

struct ExchangeDeleteOk {
    static constexpr MethodId id{40, 21};
    static constexpr std::string_view name = "exchange.delete-ok";

    static void fields(auto&, auto&&) {}
};

/// Routes from one exchange to another.
struct ExchangeBind {
    static constexpr MethodId id{40, 30};
    static constexpr std::string_view name = "exchange.bind";

    std::uint16_t reserved_1 = 0;
    std::string_view destination = {};
    std::string_view source = {};
    std::string_view routing_key = {};
    bool nowait = false;
    TableView arguments = {};

    static void fields(auto& self, auto&& visit) {
        visit("reserved_1", self.reserved_1);
        visit("destination", self.destination);
        visit("source", self.source);
        visit("routing_key", self.routing_key);
        visit("nowait", self.nowait);
        visit("arguments", self.arguments);
    }
};

struct ExchangeBindOk {
    static constexpr MethodId id{40, 31};
    static constexpr std::string_view name = "exchange.bind-ok";

    static void fields(auto&, auto&&) {}
};

struct ExchangeUnbind {
    static constexpr MethodId id{40, 40};
    static constexpr std::string_view name = "exchange.unbind";

    std::uint16_t reserved_1 = 0;
    std::string_view destination = {};
    std::string_view source = {};
    std::string_view routing_key = {};
    bool nowait = false;
    TableView arguments = {};

    static void fields(auto& self, auto&& visit) {
        visit("reserved_1", self.reserved_1);
        visit("destination", self.destination);
        visit("source", self.source);
        visit("routing_key", self.routing_key);
        visit("nowait", self.nowait);
        visit("arguments", self.arguments);
    }
};

struct ExchangeUnbindOk {
    static constexpr MethodId id{40, 51};
    static constexpr std::string_view name = "exchange.unbind-ok";

    static void fields(auto&, auto&&) {}
};

}  // namespace eventail::wire
