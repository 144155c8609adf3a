// The connections of a store: each operation borrows one, and waits while all are under way.
#pragma once

#include "base/mutex.hpp"
#include "store/servers.hpp"

#include <cstddef>
#include <memory>
#include <vector>

namespace eventail::store {

/// Thread-safe.
class Pool {
public:
    explicit Pool(const StoreOptions& checked_options);

    /// A borrowed connection, given back at the end of the scope, unless it is broken.
    class Loan {
    public:
        Loan(Pool& pool, std::unique_ptr<Connection> connection, unsigned generation)
            : pool_(pool), connection_(std::move(connection)), generation_(generation) {}
        ~Loan() { pool_.give_back(std::move(connection_), generation_); }
        Loan(const Loan&) = delete;
        Loan& operator=(const Loan&) = delete;

        Connection& operator*() const { return *connection_; }
        Connection* operator->() const { return connection_.get(); }

    private:
        Pool& pool_;
        std::unique_ptr<Connection> connection_;
        unsigned generation_;
    };

    /// @throws Error as Servers::open(), timed_out when no connection became free
    Loan borrow(const Deadline& deadline);
    /// Closes all connections, those under way once they come back: the server is not what it was.
    void forget();

private:
    void give_back(std::unique_ptr<Connection> connection, unsigned generation) noexcept;
    std::unique_ptr<Connection> take_idle(const Deadline& deadline, unsigned& generation);

    Servers servers_;
    const std::size_t max_connections_;
    Mutex mutex_;
    Condition has_room_;
    std::vector<std::unique_ptr<Connection>> idle_ EVENTAIL_GUARDED_BY(mutex_);
    std::size_t borrowed_ EVENTAIL_GUARDED_BY(mutex_) = 0;
    unsigned generation_ EVENTAIL_GUARDED_BY(mutex_) = 0;
};

}  // namespace eventail::store
