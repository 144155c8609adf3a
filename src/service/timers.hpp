// Callbacks that wait for their time, and functions posted to run soon. Pure: time is passed in.
// Callers synchronise; only cancelling is free.
#pragma once

#include "base/time.hpp"

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

    struct Entry {
        TimePoint due = {};
        std::function<void()> callback = {};
        SharedState state = {};

        /// It is called now. @return false: it was cancelled
        bool fires() const {
            State expected = State::pending;
            return state->compare_exchange_strong(expected, State::fired);
        }
    };

    /// Due at `due`; of equals, the one added first comes first.
    SharedState add(TimePoint due, std::function<void()> callback) {
        auto state = std::make_shared<std::atomic<State>>(State::pending);
        waiting_.emplace(due, Entry{due, std::move(callback), state});
        return state;
    }

    std::optional<TimePoint> next_due() const {
        if (waiting_.empty()) return std::nullopt;
        return waiting_.begin()->first;
    }

    /// The next one that is due; it may be cancelled, and may become so until it fires(). What its
    /// callback captured is the taker's to destroy, outside locks.
    std::optional<Entry> take_due(TimePoint now) {
        if (waiting_.empty() || waiting_.begin()->first > now) return std::nullopt;
        Entry entry = std::move(waiting_.begin()->second);
        waiting_.erase(waiting_.begin());
        return entry;
    }

    /// One that was taken and did not fire.
    void put_back(Entry entry) { waiting_.emplace(entry.due, std::move(entry)); }

private:
    std::multimap<TimePoint, Entry> waiting_;
};

}  // namespace eventail::service
