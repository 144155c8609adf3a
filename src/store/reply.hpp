// What Redis answers: one reply of its protocol (RESP 2), as a value.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace eventail::store {

struct Reply {
    enum class Kind : std::uint8_t { nil, text, status, error, integer, list };

    Kind kind = Kind::nil;
    std::string text = {};  ///< of text, status and error
    long long integer = 0;
    std::vector<Reply> items = {};
};

}  // namespace eventail::store
