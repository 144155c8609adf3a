// Which thread leads a service: one at a time, from the beginning of run() or supervise() to its
// end. Asking never blocks.
#pragma once

#include "base/atomic.hpp"
#include "base/thread.hpp"
#include <eventail/error.hpp>

#include <string>

namespace eventail::service {

/// Another thread, or this one, already leads.
class LeadershipRefused : public Error {
public:
    explicit LeadershipRefused(const std::string& text) : Error(Errc::invalid_state, text) {}
};

class Leadership {
public:
    /// Leads until the end of the scope. A thread that already leads may nest one within.
    class Term {
    public:
        /// @throws LeadershipRefused another thread leads
        explicit Term(Leadership& leadership) : leadership_(leadership) {
            ThreadId leader;
            const ThreadId me = this_thread_id();
            is_outer_ = leadership_.leader_.compare_exchange_strong(leader, me);
            if (!is_outer_ && leader != me) {
                throw LeadershipRefused("run() is under way in another thread");
            }
        }
        ~Term() {
            if (is_outer_) leadership_.leader_ = ThreadId();
        }
        Term(const Term&) = delete;
        Term& operator=(const Term&) = delete;

    private:
        Leadership& leadership_;
        bool is_outer_ = false;
    };

    bool is_held() const { return leader_.load() != ThreadId(); }

private:
    Atomic<ThreadId> leader_ = {};
};

}  // namespace eventail::service
