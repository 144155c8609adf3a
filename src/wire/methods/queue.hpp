// The queue class.
#pragma once

#include "wire/buffer.hpp"
#include "wire/method_id.hpp"
#include "wire/table_view.hpp"

#include <cstdint>
#include <string_view>

namespace eventail::wire {

/// An empty name asks the broker for one.
struct QueueDeclare {
    static constexpr MethodId id{50, 10};
    static constexpr std::string_view name = "queue.declare";

    std::uint16_t reserved_1 = 0;
    std::string_view queue = {};
    bool passive = false;
    bool durable = false;
    bool exclusive = false;
    bool auto_delete = false;
    bool nowait = false;
    TableView arguments = {};

    static void fields(auto& self, auto&& visit) {
        visit("reserved_1", self.reserved_1);
        visit("queue", self.queue);
        visit("passive", self.passive);
        visit("durable", self.durable);
        visit("exclusive", self.exclusive);
        visit("auto_delete", self.auto_delete);
        visit("nowait", self.nowait);
        visit("arguments", self.arguments);
    }
};

struct QueueDeclareOk {
    static constexpr MethodId id{50, 11};
    static constexpr std::string_view name = "queue.declare-ok";

    std::string_view queue = {};
    std::uint32_t message_count = 0;
    std::uint32_t consumer_count = 0;

    static void fields(auto& self, auto&& visit) {
        visit("queue", self.queue);
        visit("message_count", self.message_count);
        visit("consumer_count", self.consumer_count);
    }
};

struct QueueBind {
    static constexpr MethodId id{50, 20};
    static constexpr std::string_view name = "queue.bind";

    std::uint16_t reserved_1 = 0;
    std::string_view queue = {};
    std::string_view exchange = {};
    std::string_view routing_key = {};
    bool nowait = false;
    TableView arguments = {};

    static void fields(auto& self, auto&& visit) {
        visit("reserved_1", self.reserved_1);
        visit("queue", self.queue);
        visit("exchange", self.exchange);
        visit("routing_key", self.routing_key);
        visit("nowait", self.nowait);
        visit("arguments", self.arguments);
    }
};

struct QueueBindOk {
    static constexpr MethodId id{50, 21};
    static constexpr std::string_view name = "queue.bind-ok";

    static void fields(auto&, auto&&) {}
};

struct QueuePurge {
    static constexpr MethodId id{50, 30};
    static constexpr std::string_view name = "queue.purge";

    std::uint16_t reserved_1 = 0;
    std::string_view queue = {};
    bool nowait = false;

    static void fields(auto& self, auto&& visit) {
        visit("reserved_1", self.reserved_1);
        visit("queue", self.queue);
        visit("nowait", self.nowait);
    }
};

struct QueuePurgeOk {
    static constexpr MethodId id{50, 31};
    static constexpr std::string_view name = "queue.purge-ok";

    std::uint32_t message_count = 0;

    static void fields(auto& self, auto&& visit) { visit("message_count", self.message_count); }
};

struct QueueDelete {
    static constexpr MethodId id{50, 40};
    static constexpr std::string_view name = "queue.delete";

    std::uint16_t reserved_1 = 0;
    std::string_view queue = {};
    bool if_unused = false;
    bool if_empty = false;
    bool nowait = false;

    static void fields(auto& self, auto&& visit) {
        visit("reserved_1", self.reserved_1);
        visit("queue", self.queue);
        visit("if_unused", self.if_unused);
        visit("if_empty", self.if_empty);
        visit("nowait", self.nowait);
    }
};

struct QueueDeleteOk {
    static constexpr MethodId id{50, 41};
    static constexpr std::string_view name = "queue.delete-ok";

    std::uint32_t message_count = 0;

    static void fields(auto& self, auto&& visit) { visit("message_count", self.message_count); }
};

struct QueueUnbind {
    static constexpr MethodId id{50, 50};
    static constexpr std::string_view name = "queue.unbind";

    std::uint16_t reserved_1 = 0;
    std::string_view queue = {};
    std::string_view exchange = {};
    std::string_view routing_key = {};
    TableView arguments = {};

    static void fields(auto& self, auto&& visit) {
        visit("reserved_1", self.reserved_1);
        visit("queue", self.queue);
        visit("exchange", self.exchange);
        visit("routing_key", self.routing_key);
        visit("arguments", self.arguments);
    }
};

struct QueueUnbindOk {
    static constexpr MethodId id{50, 51};
    static constexpr std::string_view name = "queue.unbind-ok";

    static void fields(auto&, auto&&) {}
};

}  // namespace eventail::wire
