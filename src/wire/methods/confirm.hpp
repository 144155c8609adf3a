// The confirm class, an extension of RabbitMQ: after select, the broker confirms every publish.
#pragma once

#include "wire/method_id.hpp"

#include <cstdint>
#include <string_view>

namespace eventail::wire {

/// Confirm tags count from 1 on each channel.
struct ConfirmSelect {
    static constexpr MethodId id{85, 10};
    static constexpr std::string_view name = "confirm.select";

    bool nowait = false;

    static void fields(auto& self, auto&& visit) { visit("nowait", self.nowait); }
};

struct ConfirmSelectOk {
    static constexpr MethodId id{85, 11};
    static constexpr std::string_view name = "confirm.select-ok";

    static void fields(auto&, auto&&) {}
};

}  // namespace eventail::wire
