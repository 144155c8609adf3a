// Takes away from a schedule that fails whatever it fails without.
#pragma once

#include "simulation/schedule.hpp"

namespace eventail::simulation {

/// It still fails, though maybe with another violation. Greedy: half of it at once, then less, down
/// to single occurrences, until nothing more can go.
Schedule shrink(Schedule schedule);

}  // namespace eventail::simulation
