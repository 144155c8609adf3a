// Removes everything from a failing schedule that its failure does not need.
#pragma once

#include "simulation/schedule.hpp"

namespace eventail::simulation {

/// The result still fails, though maybe with another violation. Greedy: removes half of it at once,
/// then less, down to single occurrences, until nothing more can go.
Schedule shrink(Schedule schedule);

}  // namespace eventail::simulation
