// The thread that serves the connections during long user code in the leader's thread: looks now
// and then whether the previous call still runs, and takes over until it ends. Dozes while nothing
// happens.
#pragma once

#include "base/atomic.hpp"
#include "base/mutex.hpp"
#include "base/thread.hpp"
#include "base/time.hpp"

#include <cstdint>
#include <functional>

namespace eventail::service {

/// The running call of user code; shared by the leader and its stand-in.
class UserCode {
public:
    void begin() { ++serial_; }
    void end() { ++serial_; }
    std::uint64_t serial() const { return serial_; }
    static bool is_running(std::uint64_t serial) { return serial % 2 == 1; }
    bool is_running() const { return is_running(serial_); }

private:
    Atomic<std::uint64_t> serial_ = 0;  // odd: a call is running
};

class StandIn {
public:
    /// `serve(serial)` serves the connections until the call with that serial has ended.
    StandIn(const UserCode& user_code, Duration interval,
            std::function<void(std::uint64_t serial)> serve);
    /// The call must have ended.
    ~StandIn();
    StandIn(const StandIn&) = delete;
    StandIn& operator=(const StandIn&) = delete;

    /// Call it when user code begins: costs nothing unless the stand-in dozes.
    void stay_awake() {
        if (is_dozing_) wake();
    }

private:
    void watch();
    void wake();

    const UserCode& user_code_;
    Duration interval_;
    std::function<void(std::uint64_t)> serve_;
    Mutex mutex_;
    Condition changed_;
    Atomic<bool> is_dozing_ = false;
    bool is_leaving_ EVENTAIL_GUARDED_BY(mutex_) = false;
    Thread thread_;
};

}  // namespace eventail::service
