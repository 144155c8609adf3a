// Callbacks that wait for their time, and functions posted to run soon. Pure: time is passed in.
// Callers synchronise; only cancelling is free.
#pragma once

#include "amqp/time.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <utility>

namespace eventail::service {

class Timers {
public:
    enum class State : std::uint8_t { pending, cancelled, fired };
    using SharedState = std::shared_ptr<std::atomic<State>>;

    /// Due at `due`; of equals, the one added first comes first.
    SharedState add(amqp::TimePoint due, std::function<void()> callback) {
        auto state = std::make_shared<std::atomic<State>>(State::pending);
        waiting_.emplace(due, Entry{std::move(callback), state});
        return state;
    }

    std::optional<amqp::TimePoint> next_due() const {
        if (waiting_.empty()) return std::nullopt;
        return waiting_.begin()->first;
    }

    /// The next callback that is due and not cancelled; it counts as fired.
    std::optional<std::function<void()>> take_due(amqp::TimePoint now) {
        while (!waiting_.empty() && waiting_.begin()->first <= now) {
            Entry entry = std::move(waiting_.begin()->second);
            waiting_.erase(waiting_.begin());
            State expected = State::pending;
            if (entry.state->compare_exchange_strong(expected, State::fired)) {
                return std::move(entry.callback);
            }
        }
        return std::nullopt;
    }

private:
    struct Entry {
        std::function<void()> callback;
        SharedState state;
    };

    std::multimap<amqp::TimePoint, Entry> waiting_;
};

}  // namespace eventail::service
