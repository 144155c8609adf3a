#include "broker/core/chores.hpp"

namespace eventail::broker {

namespace {

constexpr std::size_t first_steps = 1000;

}  // namespace

// A step can leave further chores behind. They are done after it, and not within: a client can
// chain any number of exchanges that are deleted one after the other.
void Chores::add(std::unique_ptr<Chore> chore) {
    chores_.push_front(std::move(chore));
    if (!is_working_) work(first_steps);
}

std::size_t Chores::work(std::size_t max_steps) {
    is_working_ = true;
    std::size_t done = 0;
    while (done < max_steps && !chores_.empty()) {
        const auto chore = chores_.begin();
        if ((*chore)->step()) {
            ++done;
        } else {
            chores_.erase(chore);
        }
    }
    is_working_ = false;
    return done;
}

}  // namespace eventail::broker
