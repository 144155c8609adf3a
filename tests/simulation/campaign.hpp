// Many seeds on many threads, and the account of what came of it.
#pragma once

#include <cstdint>
#include <ostream>
#include <string>

namespace eventail::simulation {

struct Range {
    std::uint64_t first = 0;
    std::uint64_t last = 0;
};

/// "first..last". Throws std::invalid_argument.
Range parse_range(const std::string& text);

/// Simulates them all; every hundredth and every failing one twice, to see that the trace is the
/// same. Tells of each failure at once and of numbers at the end. @return how many have failed
std::uint64_t campaign(const Range& range, unsigned threads, std::ostream& out);

}  // namespace eventail::simulation
