// Which process this is, and on which machine. Part of the seam: docs/decisions/0020.
#pragma once

#include <unistd.h>

#include <array>
#include <string>

namespace eventail {

inline pid_t process_id() { return ::getpid(); }

inline std::string hostname() {
    std::array<char, 256> name{};
    if (::gethostname(name.data(), name.size() - 1) != 0) return "unknown";
    return name.data();
}

}  // namespace eventail
