// Runs many seeds on many threads, and reports the results.
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

/// Simulates all seeds; every hundredth and every failing one twice, to check that the trace is the
/// same. Reports each failure at once and numbers at the end. @return the number of failures
std::uint64_t campaign(const Range& range, unsigned threads, std::ostream& out);

}  // namespace eventail::simulation
