// The basic class: publishing, consuming, acknowledging. basic.nack is an extension of RabbitMQ;
// acks and nacks go both ways once a channel confirms.
#pragma once

#include "wire/buffer.hpp"
#include "wire/method_id.hpp"
#include "wire/table_view.hpp"

#include <cstdint>
#include <string_view>

namespace eventail::wire {

/// RabbitMQ: per consumer, unless `global`, which means per channel.
struct BasicQos {
    static constexpr MethodId id{60, 10};
    static constexpr std::string_view name = "basic.qos";

    std::uint32_t prefetch_size = 0;
    std::uint16_t prefetch_count = 0;
    bool global = false;

    static void fields(auto& self, auto&& visit) {
        visit("prefetch_size", self.prefetch_size);
        visit("prefetch_count", self.prefetch_count);
        visit("global", self.global);
    }
};

struct BasicQosOk {
    static constexpr MethodId id{60, 11};
    static constexpr std::string_view name = "basic.qos-ok";

    static void fields(auto&, auto&&) {}
};

struct BasicConsume {
    static constexpr MethodId id{60, 20};
    static constexpr std::string_view name = "basic.consume";

    std::uint16_t reserved_1 = 0;
    std::string_view queue = {};
    std::string_view consumer_tag = {};
    bool no_local = false;
    bool no_ack = false;
    bool exclusive = false;
    bool nowait = false;
    TableView arguments = {};

    static void fields(auto& self, auto&& visit) {
        visit("reserved_1", self.reserved_1);
        visit("queue", self.queue);
        visit("consumer_tag", self.consumer_tag);
        visit("no_local", self.no_local);
        visit("no_ack", self.no_ack);
        visit("exclusive", self.exclusive);
        visit("nowait", self.nowait);
        visit("arguments", self.arguments);
    }
};

struct BasicConsumeOk {
    static constexpr MethodId id{60, 21};
    static constexpr std::string_view name = "basic.consume-ok";

    std::string_view consumer_tag = {};

    static void fields(auto& self, auto&& visit) { visit("consumer_tag", self.consumer_tag); }
};

struct BasicCancel {
    static constexpr MethodId id{60, 30};
    static constexpr std::string_view name = "basic.cancel";

    std::string_view consumer_tag = {};
    bool nowait = false;

    static void fields(auto& self, auto&& visit) {
        visit("consumer_tag", self.consumer_tag);
        visit("nowait", self.nowait);
    }
};

struct BasicCancelOk {
    static constexpr MethodId id{60, 31};
    static constexpr std::string_view name = "basic.cancel-ok";

    std::string_view consumer_tag = {};

    static void fields(auto& self, auto&& visit) { visit("consumer_tag", self.consumer_tag); }
};

/// A content header and a body follow.
struct BasicPublish {
    static constexpr MethodId id{60, 40};
    static constexpr std::string_view name = "basic.publish";

    std::uint16_t reserved_1 = 0;
    std::string_view exchange = {};
    std::string_view routing_key = {};
    bool mandatory = false;
    bool immediate = false;

    static void fields(auto& self, auto&& visit) {
        visit("reserved_1", self.reserved_1);
        visit("exchange", self.exchange);
        visit("routing_key", self.routing_key);
        visit("mandatory", self.mandatory);
        visit("immediate", self.immediate);
    }
};

/// A message that was published as mandatory and had no route. Its content follows.
struct BasicReturn {
    static constexpr MethodId id{60, 50};
    static constexpr std::string_view name = "basic.return";

    std::uint16_t reply_code = 0;
    std::string_view reply_text = {};
    std::string_view exchange = {};
    std::string_view routing_key = {};

    static void fields(auto& self, auto&& visit) {
        visit("reply_code", self.reply_code);
        visit("reply_text", self.reply_text);
        visit("exchange", self.exchange);
        visit("routing_key", self.routing_key);
    }
};

/// A content header and a body follow.
struct BasicDeliver {
    static constexpr MethodId id{60, 60};
    static constexpr std::string_view name = "basic.deliver";

    std::string_view consumer_tag = {};
    std::uint64_t delivery_tag = 0;
    bool redelivered = false;
    std::string_view exchange = {};
    std::string_view routing_key = {};

    static void fields(auto& self, auto&& visit) {
        visit("consumer_tag", self.consumer_tag);
        visit("delivery_tag", self.delivery_tag);
        visit("redelivered", self.redelivered);
        visit("exchange", self.exchange);
        visit("routing_key", self.routing_key);
    }
};

struct BasicGet {
    static constexpr MethodId id{60, 70};
    static constexpr std::string_view name = "basic.get";

    std::uint16_t reserved_1 = 0;
    std::string_view queue = {};
    bool no_ack = false;

    static void fields(auto& self, auto&& visit) {
        visit("reserved_1", self.reserved_1);
        visit("queue", self.queue);
        visit("no_ack", self.no_ack);
    }
};

/// A content header and a body follow.
struct BasicGetOk {
    static constexpr MethodId id{60, 71};
    static constexpr std::string_view name = "basic.get-ok";

    std::uint64_t delivery_tag = 0;
    bool redelivered = false;
    std::string_view exchange = {};
    std::string_view routing_key = {};
    std::uint32_t message_count = 0;

    static void fields(auto& self, auto&& visit) {
        visit("delivery_tag", self.delivery_tag);
        visit("redelivered", self.redelivered);
        visit("exchange", self.exchange);
        visit("routing_key", self.routing_key);
        visit("message_count", self.message_count);
    }
};

struct BasicGetEmpty {
    static constexpr MethodId id{60, 72};
    static constexpr std::string_view name = "basic.get-empty";

    std::string_view reserved_1 = {};

    static void fields(auto& self, auto&& visit) { visit("reserved_1", self.reserved_1); }
};

/// From a consumer: it is done with a delivery. From a broker that confirms: the message is safe.
/// `multiple` means all up to the tag.
struct BasicAck {
    static constexpr MethodId id{60, 80};
    static constexpr std::string_view name = "basic.ack";

    std::uint64_t delivery_tag = 0;
    bool multiple = false;

    static void fields(auto& self, auto&& visit) {
        visit("delivery_tag", self.delivery_tag);
        visit("multiple", self.multiple);
    }
};

struct BasicReject {
    static constexpr MethodId id{60, 90};
    static constexpr std::string_view name = "basic.reject";

    std::uint64_t delivery_tag = 0;
    bool requeue = false;

    static void fields(auto& self, auto&& visit) {
        visit("delivery_tag", self.delivery_tag);
        visit("requeue", self.requeue);
    }
};

struct BasicRecoverAsync {
    static constexpr MethodId id{60, 100};
    static constexpr std::string_view name = "basic.recover-async";

    bool requeue = false;

    static void fields(auto& self, auto&& visit) { visit("requeue", self.requeue); }
};

struct BasicRecover {
    static constexpr MethodId id{60, 110};
    static constexpr std::string_view name = "basic.recover";

    bool requeue = false;

    static void fields(auto& self, auto&& visit) { visit("requeue", self.requeue); }
};

struct BasicRecoverOk {
    static constexpr MethodId id{60, 111};
    static constexpr std::string_view name = "basic.recover-ok";

    static void fields(auto&, auto&&) {}
};

/// The opposite of an acknowledgement, in both directions.
struct BasicNack {
    static constexpr MethodId id{60, 120};
    static constexpr std::string_view name = "basic.nack";

    std::uint64_t delivery_tag = 0;
    bool multiple = false;
    bool requeue = false;

    static void fields(auto& self, auto&& visit) {
        visit("delivery_tag", self.delivery_tag);
        visit("multiple", self.multiple);
        visit("requeue", self.requeue);
    }
};

}  // namespace eventail::wire
