// Who this process is, and names that nobody else gives: the randomness and the environment that
// the pure layers do without.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

namespace eventail::service {

std::string hostname();

/// 16 hexadecimal digits from the system's randomness.
std::string random_name();

/// Names that are unique in the world: a random prefix, a hyphen and a number. Thread-safe.
class NameSource {
public:
    NameSource() : prefix_(random_name()) {}

    struct Name {
        std::uint64_t number = 0;
        std::string text = {};
    };
    Name next();
    const std::string& prefix() const { return prefix_; }

private:
    std::string prefix_;
    std::atomic<std::uint64_t> next_number_{1};
};

}  // namespace eventail::service
