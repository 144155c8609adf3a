// One open file descriptor, closed by its destructor.
#pragma once

#include "net/system_calls.hpp"

#include <utility>

namespace eventail::net {

class FileDescriptor {
public:
    FileDescriptor() = default;
    explicit FileDescriptor(int fd) : fd_(fd) {}
    FileDescriptor(FileDescriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    FileDescriptor& operator=(FileDescriptor&& other) noexcept {
        std::swap(fd_, other.fd_);
        other.reset();
        return *this;
    }
    ~FileDescriptor() { reset(); }

    bool is_open() const { return fd_ >= 0; }
    int get() const { return fd_; }  ///< −1: none

    void reset() {
        if (fd_ >= 0) system::close(std::exchange(fd_, -1));
    }

private:
    int fd_ = -1;
};

}  // namespace eventail::net
