// Host names to addresses, in threads that can be left behind: getaddrinfo() blocks for as long as
// it likes. A name that is asked for while it is being looked up is not looked up a second time, so
// that a name server that does not answer costs one thread for each name, however often one tries.
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

/// What a name led to: addresses, or why there are none.
struct Resolution {
    std::vector<Address> addresses = {};  ///< at most 16
    std::string failure = {};             ///< a phrase, with a question that helps
};

/// Who waits for the end of a look-up.
class Waiter {
public:
    /// Readable once is_done(). −1 when there was no descriptor left: then it is done at once.
    int fd() const { return event_.get(); }
    bool is_done() const;
    /// What was found, once is_done().
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
    /// Those of this process, which ask the system. The child of a fork has its own: the threads of
    /// the parent did not come along.
    static Lookups& of_this_process();

    /// Never blocks, never throws for want of a thread or descriptor: the result says so.
    std::shared_ptr<Waiter> start(const std::string& host, std::uint16_t port);

private:
    struct State;
    std::shared_ptr<State> state_;  // shared with the threads, which may outlive us
};

}  // namespace eventail::net
