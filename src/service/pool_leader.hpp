// Leads with several calls of user code at once: the thread in run() only drives, hands out the
// calls that may begin, and collects ended ones. It never runs user code itself, so it needs no
// stand-in.
#pragma once

#include "service/handler_pool.hpp"
#include "service/leader.hpp"

#include <cstddef>
#include <optional>
#include <vector>

namespace eventail::service {

class PoolLeader final : public Leader {
public:
    PoolLeader(const Surroundings& surroundings, std::size_t threads)
        : Leader(surroundings), threads_(threads) {}

    void prepare() override;
    void lead() override;
    void dismiss() override { pool_.reset(); }
    void after_accepting(bool, std::size_t) override { with_.drive.wake(); }
    bool drive_for_room(bool, TimePoint) override { return false; }

private:
    bool lead_on();
    void collect_ended(TimePoint now) EVENTAIL_REQUIRES(with_.drive.mutex());
    TimePoint give_out(TimePoint now) EVENTAIL_REQUIRES(with_.drive.mutex());
    void make_call(Call& call);

    std::size_t threads_;
    bool was_functions_turn_ = false;
    std::vector<Call> calls_;          // on their way to the pool or back
    std::optional<HandlerPool> pool_;  // last: its threads use all members
};

}  // namespace eventail::service
