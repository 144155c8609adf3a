// Generated names. The same seed gives the same names.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace eventail::broker {

class NameGenerator {
public:
    explicit NameGenerator(std::uint64_t seed) : state_(seed) {}

    /// The prefix and 22 random characters: "amq.gen-" gives
    /// "amq.gen-JzTY20BRgKO2HVjnVSEsyw".
    std::string next(std::string_view prefix);

private:
    std::uint64_t next_number();

    std::uint64_t state_;
};

}  // namespace eventail::broker
