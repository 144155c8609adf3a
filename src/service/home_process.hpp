// The process that created a service or an endpoint, and owns it: in the child of a fork, threads
// are missing, and sockets belong to the parent.
#pragma once

#include <eventail/error.hpp>

#include <string>

namespace eventail::service {

/// The first member of users' objects: it exists before any file descriptor.
class HomeProcess {
public:
    /// Prepares the process's shared parts: its standard streams, and the local log.
    HomeProcess() noexcept;

    /// True in the child of a fork. Costs no system call.
    bool is_left() const noexcept;
    /// @throws Error forked, in the child of a fork: `what` belongs to the parent
    void require(const std::string& what) const {
        if (is_left()) refuse(what);
    }

private:
    [[noreturn]] static void refuse(const std::string& what);

    unsigned generation_;
};

}  // namespace eventail::service
