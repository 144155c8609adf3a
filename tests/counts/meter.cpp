#include "counts/meter.hpp"

#include "support/allocation_counter.hpp"

namespace {

/// callgrind gets this name on its command line, so it must stay plain.
extern "C" [[gnu::noinline]] void collected_part(void (*part)(void*), void* context) {
    part(context);
}

}  // namespace

namespace eventail::counts {

void Meter::run_collected(void (*part)(void*), void* context) {
    const std::size_t before = test::allocations;
    collected_part(part, context);
    allocations_ += test::allocations - before;
}

}  // namespace eventail::counts
