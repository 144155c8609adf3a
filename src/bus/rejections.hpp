// Which exchanges and keys lead to a queue that refuses messages: one line when that begins, one
// when all that was refused is taken. Pure.
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
    /// From so many different ones on, the rest is one.
    static constexpr std::size_t most_routes = 50;

    /// A message was nacked, for the first time.
    std::optional<Notice> rejected(Sequence sequence, std::string_view exchange,
                                   std::string_view key);
    /// One that was nacked is confirmed at last, or given up. Others don't matter.
    std::optional<Notice> settled(Sequence sequence);

    bool has_any() const { return !route_of_.empty(); }
    /// Of one that refuses now, for people.
    const std::string& a_route() const { return route_of_.begin()->second; }

private:
    std::map<Sequence, std::string> route_of_;
    std::map<std::string, std::size_t> rejected_;  // by route
};

}  // namespace eventail::bus
