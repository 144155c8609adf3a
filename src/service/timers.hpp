// Functions that wait for their time, or were posted to run soon. Pure: time is passed in. Callers
// synchronise, except for cancelling.
#pragma once

#include "base/atomic.hpp"
#include "base/time.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace eventail::service {

class Timers {
public:
    /// Decides, once, whether a function runs. From any thread; outlives the timers.
    class Ticket {
    public:
        explicit Ticket(std::shared_ptr<Atomic<std::size_t>> cancellations)
            : cancellations_(std::move(cancellations)) {}

        /// The function gets called now. @return false: it was cancelled
        bool fires() { return leaves_pending(State::fired); }
        /// @return false: it has fired, or was already cancelled
        bool cancel() {
            if (!leaves_pending(State::cancelled)) return false;
            ++*cancellations_;
            return true;
        }
        bool is_cancelled() const { return state_ == State::cancelled; }

    private:
        enum class State : std::uint8_t { pending, cancelled, fired };

        bool leaves_pending(State next) {
            State expected = State::pending;
            return state_.compare_exchange_strong(expected, next);
        }

        Atomic<State> state_ = State::pending;
        std::shared_ptr<Atomic<std::size_t>> cancellations_;
    };

    struct Entry {
        TimePoint due = {};
        std::function<void()> callback = {};
        std::shared_ptr<Ticket> ticket = {};

        /// The function gets called now. @return false: it was cancelled
        bool fires() const { return ticket->fires(); }
    };

    /// Due at `due`; among equals, the first added comes first.
    std::shared_ptr<Ticket> add(TimePoint due, std::function<void()> callback) {
        auto ticket = std::make_shared<Ticket>(cancellations_);
        waiting_.emplace(due, Entry{due, std::move(callback), ticket});
        return ticket;
    }

    std::optional<TimePoint> next_due() const {
        if (waiting_.empty()) return std::nullopt;
        return waiting_.begin()->first;
    }

    /// The next due function; it may be cancelled, also later until fires(). The caller must
    /// destroy its captured objects outside of locks.
    std::optional<Entry> take_due(TimePoint now) {
        if (waiting_.empty() || waiting_.begin()->first > now) return std::nullopt;
        Entry entry = std::move(waiting_.begin()->second);
        waiting_.erase(waiting_.begin());
        return entry;
    }

    /// Cancelled functions, once they are many compared to the others, so that a distant deadline
    /// holds no memory. Destroy them outside of locks, like those from take_due().
    std::vector<Entry> take_cancelled() {
        std::vector<Entry> taken;
        if (*cancellations_ < std::max(few, waiting_.size() / 2)) return taken;
        *cancellations_ = 0;
        for (auto each = waiting_.begin(); each != waiting_.end();) {
            if (!each->second.ticket->is_cancelled()) {
                ++each;
                continue;
            }
            taken.push_back(std::move(each->second));
            each = waiting_.erase(each);
        }
        return taken;
    }

    /// Puts back one that was taken and has not fired.
    void put_back(Entry entry) { waiting_.emplace(entry.due, std::move(entry)); }

    std::size_t size() const { return waiting_.size(); }

private:
    static constexpr std::size_t few = 1000;

    std::multimap<TimePoint, Entry> waiting_;
    // Since take_cancelled() took some.
    std::shared_ptr<Atomic<std::size_t>> cancellations_ = std::make_shared<Atomic<std::size_t>>(0);
};

}  // namespace eventail::service
