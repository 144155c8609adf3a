#include "base/assert.hpp"

#include <cstdio>
#include <cstdlib>

namespace eventail {

void assertion_failed(const char* condition, const char* rule, const char* file,
                      int line) noexcept {
    std::fprintf(stderr, "eventail: broken rule: %s\n  %s, at %s:%d\n", rule, condition, file,
                 line);
    std::abort();
}

}  // namespace eventail
