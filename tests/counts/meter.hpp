// Counts instructions and allocations of the part of a round that is of interest. Instructions are
// callgrind's: it collects inside collected_part() only (--toggle-collect), so that neither
// start-up nor what surrounds the part counts.
#pragma once

#include <cstddef>

namespace eventail::counts {

class Meter {
public:
    /// Messages per round: what one read or one write takes along when a service is busy.
    static constexpr std::size_t batch = 64;

    /// Whether to run another round of a batch. The first rounds warm up: buffers grow to what they
    /// will need, and nothing is counted.
    bool goes_on() { return rounds_++ < warm_up_rounds + counted_rounds; }

    /// Runs `part`, and counts it once warm.
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
