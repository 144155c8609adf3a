// The channel class.
#pragma once

#include "wire/buffer.hpp"
#include "wire/method_id.hpp"
#include "wire/table_view.hpp"

#include <cstdint>
#include <string_view>

namespace eventail::wire {

struct ChannelOpen {
    static constexpr MethodId id{20, 10};
    static constexpr std::string_view name = "channel.open";

    std::string_view reserved_1 = {};

    static void fields(auto& self, auto&& visit) { visit("reserved_1", self.reserved_1); }
};

struct ChannelOpenOk {
    static constexpr MethodId id{20, 11};
    static constexpr std::string_view name = "channel.open-ok";

    Bytes reserved_1 = {};

    static void fields(auto& self, auto&& visit) { visit("reserved_1", self.reserved_1); }
};

/// Asks the peer to pause or resume content.
struct ChannelFlow {
    static constexpr MethodId id{20, 20};
    static constexpr std::string_view name = "channel.flow";

    bool active = false;

    static void fields(auto& self, auto&& visit) { visit("active", self.active); }
};

struct ChannelFlowOk {
    static constexpr MethodId id{20, 21};
    static constexpr std::string_view name = "channel.flow-ok";

    bool active = false;

    static void fields(auto& self, auto&& visit) { visit("active", self.active); }
};

/// `class_id` and `method_id` name the method at fault, or are 0.
struct ChannelClose {
    static constexpr MethodId id{20, 40};
    static constexpr std::string_view name = "channel.close";

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

struct ChannelCloseOk {
    static constexpr MethodId id{20, 41};
    static constexpr std::string_view name = "channel.close-ok";

    static void fields(auto&, auto&&) {}
};

}  // namespace eventail::wire
