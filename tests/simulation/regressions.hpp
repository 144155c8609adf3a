// Seeds that found a fault, with its description. They run with one handler at a time, counted ids,
// small headers, no functions, no long calls and no supervision. schedule_of() gives a seed its
// meaning: if you change it, put each fault back and look for new seeds.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace eventail::simulation {

struct Regression {
    std::uint64_t seed = 0;
    std::string_view what_was_wrong = {};
};

inline constexpr std::array regressions = {
    Regression{47, "a queue that refuses what is too much threw out what was given back to it"},
    Regression{64,
               "a queue that refuses what is too much threw out what it had, when the policy came "
               "(reject-publish is not drop-head)"},
    Regression{931,
               "a worker that drained sent again what was nacked as fast as the broker could nack "
               "it, each time with another copy into those queues that had room"},
    Regression{1407,
               "a worker that drained spread copies of a nacked event, which took its consumers "
               "more than an hour to get through"},
    Regression{30781,
               "a worker that drained took the inputs from a queue that was deleted for ones that "
               "come again, and dropped without a word what their handlers had published"},
    Regression{215114,
               "the broker sent confirms that a fault had held back on a channel that it had "
               "closed, and could have sent them on the one that was opened after it"},
};

}  // namespace eventail::simulation
