// The shell around a sender: a thread that drives the connection from first use on, and callers on
// any thread, who encode their own messages and wait for their verdicts.
#pragma once

#include "base/mutex.hpp"
#include "base/thread.hpp"
#include "bus/envelope.hpp"
#include "bus/sender.hpp"
#include "net/url.hpp"
#include "service/driver.hpp"
#include "service/memory_return.hpp"
#include "service/outlet.hpp"
#include "service/wakeup.hpp"
#include <eventail/endpoint.hpp>

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace eventail::service {

class BlockingSender {
public:
    BlockingSender(const EndpointOptions& options, const std::vector<net::Url>& urls);
    /// Nobody may be waiting. Sends waiting logs and closes the connection.
    ~BlockingSender();
    BlockingSender(const BlockingSender&) = delete;
    BlockingSender& operator=(const BlockingSender&) = delete;

    /// Encodes a message, hands it over and waits. @throws Error if it cannot be encoded
    bus::Verdict send(const bus::Outgoing& message, const Value& payload,
                      std::optional<unsigned> max_retries);
    void log(Severity severity, std::string_view short_message, const LogOptions& record);
    void set_encoding(Encoding encoding) { outlet_.set_encoding(encoding); }
    const std::string& logical_service() const { return outlet_.logical_service(); }
    std::string new_id() { return std::string(outlet_.new_id().text()); }

private:
    /// A waiting caller.
    struct Waiter {
        Condition is_done = {};
        std::optional<bus::Verdict> verdict = {};
    };

    void ensure_thread() EVENTAIL_REQUIRES(mutex_);
    void run() noexcept;
    void drive();
    bool exchange_with_callers(bus::Intake::Batch& batch, std::vector<bus::Submission>& fresh);
    void hand_over_verdicts() EVENTAIL_REQUIRES(mutex_);
    void break_down(std::string reason) noexcept;

    Outlet outlet_;
    Wakeup wakeup_;

    Mutex mutex_;    // taken before the outlet's
    Thread thread_;  // begins under the lock
    std::vector<bus::Submission> submitted_ EVENTAIL_GUARDED_BY(mutex_);
    std::map<bus::Sequence, Waiter*> waiters_ EVENTAIL_GUARDED_BY(mutex_);
    bool is_closing_ EVENTAIL_GUARDED_BY(mutex_) = false;
    /// Why nothing works any more.
    std::optional<std::string> breakdown_ EVENTAIL_GUARDED_BY(mutex_);

    // Only the thread uses the following.
    bus::Sender sender_;
    Driver driver_;
    MemoryReturn memory_return_;
};

}  // namespace eventail::service
