// The connection class (AMQP 0-9-1 reference, section 1.4; blocked, unblocked and update-secret are
// extensions of RabbitMQ). All of its methods use channel 0.
#pragma once

#include "wire/buffer.hpp"
#include "wire/method_id.hpp"
#include "wire/table_view.hpp"

#include <cstdint>
#include <string_view>

namespace eventail::wire {

/// The broker's first frame; `mechanisms` and `locales` are separated by spaces.
struct ConnectionStart {
    static constexpr MethodId id{10, 10};
    static constexpr std::string_view name = "connection.start";

    std::uint8_t version_major = 0;
    std::uint8_t version_minor = 9;
    TableView server_properties = {};
    Bytes mechanisms = {};
    Bytes locales = {};

    static void fields(auto& self, auto&& visit) {
        visit("version_major", self.version_major);
        visit("version_minor", self.version_minor);
        visit("server_properties", self.server_properties);
        visit("mechanisms", self.mechanisms);
        visit("locales", self.locales);
    }
};

/// `response` holds the login, for PLAIN "\0user\0password".
struct ConnectionStartOk {
    static constexpr MethodId id{10, 11};
    static constexpr std::string_view name = "connection.start-ok";

    TableView client_properties = {};
    std::string_view mechanism = {};
    Bytes response = {};
    std::string_view locale = {};

    static void fields(auto& self, auto&& visit) {
        visit("client_properties", self.client_properties);
        visit("mechanism", self.mechanism);
        visit("response", self.response);
        visit("locale", self.locale);
    }
};

/// A further challenge of a mechanism with several rounds.
struct ConnectionSecure {
    static constexpr MethodId id{10, 20};
    static constexpr std::string_view name = "connection.secure";

    Bytes challenge = {};

    static void fields(auto& self, auto&& visit) { visit("challenge", self.challenge); }
};

struct ConnectionSecureOk {
    static constexpr MethodId id{10, 21};
    static constexpr std::string_view name = "connection.secure-ok";

    Bytes response = {};

    static void fields(auto& self, auto&& visit) { visit("response", self.response); }
};

/// The broker's proposal; 0 means no limit, and no heartbeats.
struct ConnectionTune {
    static constexpr MethodId id{10, 30};
    static constexpr std::string_view name = "connection.tune";

    std::uint16_t channel_max = 0;
    std::uint32_t frame_max = 0;
    std::uint16_t heartbeat = 0;

    static void fields(auto& self, auto&& visit) {
        visit("channel_max", self.channel_max);
        visit("frame_max", self.frame_max);
        visit("heartbeat", self.heartbeat);
    }
};

/// The values that apply from now on.
struct ConnectionTuneOk {
    static constexpr MethodId id{10, 31};
    static constexpr std::string_view name = "connection.tune-ok";

    std::uint16_t channel_max = 0;
    std::uint32_t frame_max = 0;
    std::uint16_t heartbeat = 0;

    static void fields(auto& self, auto&& visit) {
        visit("channel_max", self.channel_max);
        visit("frame_max", self.frame_max);
        visit("heartbeat", self.heartbeat);
    }
};

/// Enters a virtual host.
struct ConnectionOpen {
    static constexpr MethodId id{10, 40};
    static constexpr std::string_view name = "connection.open";

    std::string_view virtual_host = {};
    std::string_view reserved_1 = {};
    bool reserved_2 = false;

    static void fields(auto& self, auto&& visit) {
        visit("virtual_host", self.virtual_host);
        visit("reserved_1", self.reserved_1);
        visit("reserved_2", self.reserved_2);
    }
};

struct ConnectionOpenOk {
    static constexpr MethodId id{10, 41};
    static constexpr std::string_view name = "connection.open-ok";

    std::string_view reserved_1 = {};

    static void fields(auto& self, auto&& visit) { visit("reserved_1", self.reserved_1); }
};

/// `class_id` and `method_id` name the method at fault, or are 0.
struct ConnectionClose {
    static constexpr MethodId id{10, 50};
    static constexpr std::string_view name = "connection.close";

    std::uint16_t reply_code = 0;
    std::string_view reply_text = {};
    std::uint16_t class_id = 0;
    std::uint16_t method_id = 0;

    static void fields(auto& self, auto&& visit) {
        visit("reply_code", self.reply_code);
        visit("reply_text", self.reply_text);
        visit("class_id", self.class_id);
        visit("method_id", self.method_id);
    }
};

struct ConnectionCloseOk {
    static constexpr MethodId id{10, 51};
    static constexpr std::string_view name = "connection.close-ok";

    static void fields(auto&, auto&&) {}
};

/// The broker has an alarm and stops reading from connections that publish.
struct ConnectionBlocked {
    static constexpr MethodId id{10, 60};
    static constexpr std::string_view name = "connection.blocked";

    std::string_view reason = {};

    static void fields(auto& self, auto&& visit) { visit("reason", self.reason); }
};

struct ConnectionUnblocked {
    static constexpr MethodId id{10, 61};
    static constexpr std::string_view name = "connection.unblocked";

    static void fields(auto&, auto&&) {}
};

/// Renews a token while the connection is open.
struct ConnectionUpdateSecret {
    static constexpr MethodId id{10, 70};
    static constexpr std::string_view name = "connection.update-secret";

    Bytes new_secret = {};
    std::string_view reason = {};

    static void fields(auto& self, auto&& visit) {
        visit("new_secret", self.new_secret);
        visit("reason", self.reason);
    }
};

struct ConnectionUpdateSecretOk {
    static constexpr MethodId id{10, 71};
    static constexpr std::string_view name = "connection.update-secret-ok";

    static void fields(auto&, auto&&) {}
};

}  // namespace eventail::wire
