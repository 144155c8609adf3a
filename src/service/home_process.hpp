// The process that a service or an endpoint is made in, and belongs to: in the child of a fork,
// threads are missing, and sockets are the parent's.
#pragma once

#include <eventail/error.hpp>

#include <string>

namespace eventail::service {

/// The first member of what users make: it is there before anything that has a file descriptor.
class HomeProcess {
public:
    /// Sees to the process's part of the surroundings: its standard streams, and the local log.
    HomeProcess() noexcept;

    /// In the child of a fork. Costs no system call.
    bool is_left() const noexcept;
    /// @throws Error forked, in the child of a fork; `what` belongs to its parent
    void require(const std::string& what) const {
        if (is_left()) refuse(what);
    }

private:
    [[noreturn]] static void refuse(const std::string& what);

    unsigned generation_;
};

}  // namespace eventail::service
