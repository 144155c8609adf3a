// The message in all forms that can be published.
#pragma once

#include "message.hpp"
#include <eventail/described.hpp>
#include <eventail/json.hpp>
#include <eventail/service.hpp>

#include <functional>
#include <string_view>

namespace eventail::bench {

/// Publishes one message, over and over.
using PublishOne = std::function<void()>;

/// Chooses a form: bytes (encoded beforehand, with `body_bytes`), list, struct or tree (built
/// beforehand). Throws std::invalid_argument for any other.
template <typename Publisher>
PublishOne publishing(Publisher& publisher, std::string_view form, std::size_t body_bytes) {
    const Order order;
    if (form == "bytes") {
        return [&publisher, payload = Payload::from_cbor(encoded_body(body_bytes).view())] {
            publisher.publish_event(event_name, payload);
        };
    }
    if (form == "list") {
        return [&publisher, order] {
            with_list(order, [&](Value&& value) {
                publisher.publish_event(event_name, std::move(value));
            });
        };
    }
    if (form == "struct") {
        return [&publisher, order] { publisher.publish_event(event_name, order); };
    }
    if (form == "tree") {
        return [&publisher, tree = Payload(order).json()] {
            publisher.publish_event(event_name, tree);
        };
    }
    throw std::invalid_argument("--form bytes, list, struct or tree");
}

}  // namespace eventail::bench
