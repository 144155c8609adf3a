#include "store/pool.hpp"

#include <utility>

namespace eventail::store {

Pool::Pool(const StoreOptions& checked_options)
    : servers_(checked_options), max_connections_(checked_options.max_connections) {
    idle_.reserve(max_connections_);
}

Pool::Loan Pool::borrow(const Deadline& deadline) {
    unsigned generation = 0;
    auto connection = take_idle(deadline, generation);
    if (!connection) {
        try {
            connection = servers_.open(deadline);
        } catch (...) {
            give_back(nullptr, generation);
            throw;
        }
    }
    return {*this, std::move(connection), generation};
}

// Counts as borrowed from now on. @return null: there was none, and one may be opened
std::unique_ptr<Connection> Pool::take_idle(const Deadline& deadline, unsigned& generation) {
    Lock lock(mutex_);
    while (borrowed_ == max_connections_) {
        if (deadline.has_passed(Clock::now())) {
            throw Error(Errc::timed_out,
                        "all connections to the store were busy; is max_connections too low?");
        }
        has_room_.wait_until(lock, deadline.at());
    }
    ++borrowed_;
    generation = generation_;
    while (!idle_.empty()) {
        auto connection = std::move(idle_.back());
        idle_.pop_back();
        if (connection->is_quiet()) return connection;
    }
    return nullptr;
}

void Pool::give_back(std::unique_ptr<Connection> connection, unsigned generation) noexcept {
    const Lock lock(mutex_);
    --borrowed_;
    if (connection && !connection->is_broken() && generation == generation_) {
        idle_.push_back(std::move(connection));
    }
    has_room_.notify_one();
}

void Pool::forget() {
    const Lock lock(mutex_);
    ++generation_;
    idle_.clear();
}

}  // namespace eventail::store
