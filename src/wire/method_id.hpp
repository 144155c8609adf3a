// The two numbers that name a method, and whether a content header and a body follow it.
#pragma once

#include <cstdint>

namespace eventail::wire {

/// A method's class and number within it, as they open a method frame's payload.
struct MethodId {
    constexpr MethodId(std::uint16_t class_number, std::uint16_t method_number)
        : class_id(class_number),
          method_id(method_number),
          // basic.publish, basic.return, basic.deliver, basic.get-ok
          carries_content(class_number == 60 && (method_number == 40 || method_number == 50 ||
                                                 method_number == 60 || method_number == 71)) {}

    std::uint16_t class_id;
    std::uint16_t method_id;
    bool carries_content;

    friend constexpr bool operator==(const MethodId&, const MethodId&) = default;
};

}  // namespace eventail::wire
