// Which exchanges and keys lead to a queue that refuses messages: one line when that begins, one
// when all refused messages are accepted. Pure.
#pragma once

#include "bus/intake.hpp"
#include "bus/notice.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace eventail::bus {

class Rejections {
public:
    /// Beyond this number, all further routes count as one.
    static constexpr std::size_t most_routes = 50;

    /// A message was nacked, for the first time.
    std::optional<Notice> rejected(Sequence sequence, std::string_view exchange,
                                   std::string_view key);
    /// A nacked message is confirmed at last, or abandoned. Ignores others.
    std::optional<Notice> settled(Sequence sequence);

    bool has_any() const { return !route_of_.empty(); }
    /// One that refuses now, for people.
    const std::string& a_route() const { return route_of_.begin()->second; }

private:
    std::map<Sequence, std::string> route_of_;
    std::map<std::string, std::size_t> rejected_;  // counts by route
};

}  // namespace eventail::bus
