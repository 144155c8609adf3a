// Answers methods without content: always yes.
#include "message.hpp"
#include "sink/connection.hpp"
#include "wire/properties.hpp"
#include "wire/table.hpp"

#include <concepts>
#include <type_traits>
#include <variant>

namespace eventail::bench {
namespace {

constexpr std::uint16_t channel_max = 2047;

/// Methods whose answer has no arguments; nowait suppresses it.
template <typename M>
struct Answer {};
template <>
struct Answer<wire::ChannelOpen> {
    using Type = wire::ChannelOpenOk;
};
template <>
struct Answer<wire::ChannelClose> {
    using Type = wire::ChannelCloseOk;
};
template <>
struct Answer<wire::ExchangeDeclare> {
    using Type = wire::ExchangeDeclareOk;
};
template <>
struct Answer<wire::BasicQos> {
    using Type = wire::BasicQosOk;
};
template <>
struct Answer<wire::ConfirmSelect> {
    using Type = wire::ConfirmSelectOk;
};
template <>
struct Answer<wire::QueueBind> {
    using Type = wire::QueueBindOk;
};

template <typename M>
bool says_nowait(const M& method) {
    if constexpr (requires { method.nowait; }) {
        return method.nowait;
    } else {
        return false;
    }
}

}  // namespace

void Connection::greet() {
    has_greeted_ = true;
    wire::Table capabilities;
    for (const char* name : {"publisher_confirms", "basic.nack", "consumer_cancel_notify",
                             "connection.blocked", "authentication_failure_close"}) {
        capabilities.set(name, true);
    }
    wire::Table properties;
    properties.set("product", "sink").set("capabilities", capabilities.view());
    send(0, wire::ConnectionStart{.server_properties = properties.view(),
                                  .mechanisms = wire::as_bytes("PLAIN"),
                                  .locales = wire::as_bytes("en_US")});
}

void Connection::answer(std::uint16_t channel, const wire::Method& method) {
    std::visit(
        [&](const auto& asked) {
            using Asked = std::decay_t<decltype(asked)>;
            if constexpr (std::same_as<Asked, wire::ConnectionStartOk>) {
                send(0, wire::ConnectionTune{.channel_max = channel_max,
                                             .frame_max = wire::default_frame_bytes,
                                             .heartbeat = hub_.options().heartbeat_seconds});
            } else if constexpr (std::same_as<Asked, wire::ConnectionOpen>) {
                send(0, wire::ConnectionOpenOk{});
            } else if constexpr (std::same_as<Asked, wire::ConnectionClose>) {
                send(0, wire::ConnectionCloseOk{});
                is_closing_ = true;
            } else if constexpr (std::same_as<Asked, wire::BasicCancel>) {
                at(channel).is_flood_over = true;
                send(channel, wire::BasicCancelOk{.consumer_tag = asked.consumer_tag});
            } else if constexpr (std::same_as<Asked, wire::QueueDeclare>) {
                answer_queue_declare(channel, asked);
            } else if constexpr (std::same_as<Asked, wire::BasicConsume>) {
                answer_consume(channel, asked);
            } else if constexpr (requires { typename Answer<Asked>::Type; }) {
                if constexpr (std::same_as<Asked, wire::BasicQos>) {
                    at(channel).prefetch_count = asked.prefetch_count;
                } else if constexpr (std::same_as<Asked, wire::ConfirmSelect>) {
                    at(channel).is_confirming = true;
                } else if constexpr (std::same_as<Asked, wire::ChannelClose>) {
                    at(channel).is_flood_over = true;
                } else if constexpr (std::same_as<Asked, wire::QueueBind>) {
                    if (asked.exchange == command_exchange) {
                        hub_.bind(asked.routing_key, asked.queue);
                    }
                }
                if (!says_nowait(asked)) send(channel, typename Answer<Asked>::Type{});
            }
        },
        method);
}

void Connection::answer_queue_declare(std::uint16_t channel, const wire::QueueDeclare& declare) {
    const std::string name =
        declare.queue.empty() ? hub_.new_queue_name() : std::string(declare.queue);
    if (!declare.nowait) send(channel, wire::QueueDeclareOk{.queue = name});
}

void Connection::answer_consume(std::uint16_t channel, const wire::BasicConsume& consume) {
    std::string tag(consume.consumer_tag);
    if (tag.empty()) tag = "consumer";
    if (!consume.nowait) send(channel, wire::BasicConsumeOk{.consumer_tag = tag});
    if (consume.queue.ends_with(".events") && hub_.options().is_delivering) {
        wire::Buffer content;
        append_content(content, channel, encoded_body(hub_.options().body_bytes).view(),
                       wire::default_frame_bytes);
        at(channel).flood =
            std::make_unique<Flood>(channel, tag, content.view(), at(channel).prefetch_count);
    } else {
        hub_.consume(consume.queue, {.connection = this, .channel = channel, .tag = tag});
    }
}

}  // namespace eventail::bench
