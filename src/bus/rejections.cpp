#include "bus/rejections.hpp"

#include "base/assert.hpp"

namespace eventail::bus {
namespace {

constexpr const char* other_routes = "other exchanges or keys";

}  // namespace

std::optional<Notice> Rejections::rejected(Sequence sequence, std::string_view exchange,
                                           std::string_view key) {
    std::string route = "exchange " + std::string(exchange) + ", key " + std::string(key);
    if (!rejected_.contains(route) && rejected_.size() >= most_routes) route = other_routes;
    if (!route_of_.emplace(sequence, route).second) return std::nullopt;
    if (++rejected_[route] > 1) return std::nullopt;
    return Notice{
        .severity = Severity::warning,
        .text = "a queue refuses messages published to " + route +
                " (nack): is it full? Messages are kept here and sent again until it accepts them"};
}

std::optional<Notice> Rejections::settled(Sequence sequence) {
    const auto at = route_of_.find(sequence);
    if (at == route_of_.end()) return std::nullopt;
    const auto count = rejected_.find(at->second);
    EVENTAIL_ASSERT(count != rejected_.end() && count->second > 0,
                    "the messages that a route refuses were counted");
    std::optional<Notice> notice;
    if (--count->second == 0) {
        notice = Notice{.text = "messages published to " + at->second + " are accepted again"};
        rejected_.erase(count);
    }
    route_of_.erase(at);
    return notice;
}

}  // namespace eventail::bus
