// The parts that contract tests of services with several handler threads share.
#pragma once

#include "contract/service_fixture.hpp"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <string>

namespace eventail::test {

inline constexpr int threads = 4;

/// Calls of user code wait here until the wanted number has come.
class Meeting {
public:
    /// @return whether that many came in time
    bool join(int wanted = threads) {
        std::unique_lock lock(mutex_);
        ++come_;
        changed_.notify_all();
        return changed_.wait_for(lock, 20s, [&] { return come_ >= wanted; });
    }
    int come() const {
        const std::lock_guard lock(mutex_);
        return come_;
    }

private:
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    int come_ = 0;
};

/// Counts how many are inside at once.
class Presence {
public:
    class Inside {
    public:
        explicit Inside(Presence& presence) : presence_(presence) {
            const int now = ++presence_.now_;
            int most = presence_.most_;
            while (now > most && !presence_.most_.compare_exchange_weak(most, now)) {
            }
        }
        ~Inside() { --presence_.now_; }
        Inside(const Inside&) = delete;
        Inside& operator=(const Inside&) = delete;

    private:
        Presence& presence_;
    };
    int now() const { return now_; }
    int most() const { return most_; }

private:
    std::atomic<int> now_ = 0;
    std::atomic<int> most_ = 0;
};

/// A service with that many threads, and events for it.
class ThreadedServiceTest : public ServiceTest {
protected:
    using ServiceTest::ServiceTest;

    ServiceOptions with_threads() const {
        ServiceOptions made = options();
        made.handler_threads = threads;
        return made;
    }
    void send_events(int count) {
        for (int i = 0; i < count; ++i) {
            const std::string body = "{\"n\":" + std::to_string(i) + "}";
            send("events", key("In"), {.body = body, .message_id = "m-" + std::to_string(i)});
        }
    }
    std::uint64_t waiting() { return probe().message_count(name + ".events"); }
};

}  // namespace eventail::test
