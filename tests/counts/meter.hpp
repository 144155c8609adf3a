// Counts instructions and allocations of the interesting part of a round. callgrind counts the
// instructions, and only inside collected_part() (--toggle-collect): neither start-up nor the code
// around that part counts.
#pragma once

#include <cstddef>

namespace eventail::counts {

class Meter {
public:
    /// Messages per round: as many as one read or write carries when a service is busy.
    static constexpr std::size_t batch = 64;

    /// Whether to run another round of a batch. The first rounds warm up: buffers grow to their
    /// final size, and nothing counts.
    bool goes_on() { return rounds_++ < warm_up_rounds + counted_rounds; }

    /// Runs `part`, and counts it after the warm-up.
    template <typename Part>
    void collect(Part&& part) {
        if (rounds_ <= warm_up_rounds) {
            part();
        } else {
            run_collected([](void* context) { (*static_cast<Part*>(context))(); }, &part);
        }
    }

    static constexpr std::size_t messages() { return batch * counted_rounds; }
    std::size_t allocations() const { return allocations_; }

private:
    static constexpr std::size_t warm_up_rounds = 64;
    static constexpr std::size_t counted_rounds = 64;

    void run_collected(void (*part)(void*), void* context);

    std::size_t rounds_ = 0;
    std::size_t allocations_ = 0;
};

}  // namespace eventail::counts
