// Which thread leads a service: one at a time, from the beginning of run() or supervise() to its
// end. Asking waits for nobody.
#pragma once

#include <eventail/error.hpp>

#include <atomic>
#include <string>
#include <thread>

namespace eventail::service {

/// Another thread, or this one, is at it already.
class LeadershipRefused : public Error {
public:
    explicit LeadershipRefused(const std::string& text) : Error(Errc::invalid_state, text) {}
};

class Leadership {
public:
    /// Leads from here to the end of the scope. The thread that leads already may nest one within.
    class Term {
    public:
        /// @throws LeadershipRefused another thread leads
        explicit Term(Leadership& leadership) : leadership_(leadership) {
            std::thread::id leader;
            const std::thread::id me = std::this_thread::get_id();
            is_outer_ = leadership_.leader_.compare_exchange_strong(leader, me);
            if (!is_outer_ && leader != me) {
                throw LeadershipRefused("run() is under way in another thread");
            }
        }
        ~Term() {
            if (is_outer_) leadership_.leader_ = std::thread::id();
        }
        Term(const Term&) = delete;
        Term& operator=(const Term&) = delete;

    private:
        Leadership& leadership_;
        bool is_outer_ = false;
    };

    bool is_held() const { return leader_.load() != std::thread::id(); }

private:
    std::atomic<std::thread::id> leader_ = {};
};

}  // namespace eventail::service
