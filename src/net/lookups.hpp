// Host names to addresses, in threads that can be abandoned: getaddrinfo() may block for any time.
// A name that is being looked up is not looked up a second time. So a dead name server costs one
// thread for each name, however often callers retry.
#pragma once

#include "base/mutex.hpp"
#include "net/address.hpp"
#include "net/file_descriptor.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace eventail::net {

/// The result of a look-up: addresses, or why there are none.
struct Resolution {
    std::vector<Address> addresses = {};  ///< at most 16
    std::string failure = {};             ///< a phrase, with a question that helps
};

/// Waits for the end of a look-up.
class Waiter {
public:
    /// Readable once is_done(). −1 if the process had no free descriptor; then it is done at once.
    int fd() const { return event_.get(); }
    bool is_done() const;
    /// The result, once is_done().
    Resolution take();
    void finish(Resolution found);

private:
    mutable Mutex mutex_;
    std::optional<Resolution> result_ EVENTAIL_GUARDED_BY(mutex_);
    FileDescriptor event_ = new_event();

    static FileDescriptor new_event();
};

/// Thread-safe.
class Lookups {
public:
    using LookUp = std::function<Resolution(const std::string& host, std::uint16_t port)>;

    explicit Lookups(LookUp look_up);
    /// The look-ups of this process, which ask the system. The child of a fork gets its own,
    /// because the parent's threads do not exist there.
    static Lookups& of_this_process();

    /// Never blocks, and never throws when threads or descriptors run out: the result says so.
    std::shared_ptr<Waiter> start(const std::string& host, std::uint16_t port);

private:
    struct State;
    std::shared_ptr<State> state_;  // shared with the threads, which may outlive this object
};

}  // namespace eventail::net
