// Wakes a thread in poll().
#pragma once

#include "net/file_descriptor.hpp"

namespace eventail::service {

class Wakeup {
public:
    /// @throws std::system_error
    Wakeup();
    /// Poll it for POLLIN.
    int fd() const { return event_.get(); }
    /// From any thread. Stays set until clear().
    void notify() const noexcept;
    void clear() const noexcept;

private:
    net::FileDescriptor event_;
};

}  // namespace eventail::service
