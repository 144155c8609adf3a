// Opens connections that are ready for use: to the one Redis, or to the master that the Sentinels
// name; logged in, with the database selected.
#pragma once

#include "base/mutex.hpp"
#include "store/connection.hpp"
#include "store/sentinels.hpp"
#include <eventail/store.hpp>

#include <memory>
#include <string>
#include <vector>

namespace eventail::store {

/// Thread-safe.
class Servers {
public:
    explicit Servers(const StoreOptions& checked_options);

    /// With Sentinels: tries again until the deadline, since a new master may be on its way.
    /// @throws Error
    std::unique_ptr<Connection> open(const Deadline& deadline);

private:
    std::unique_ptr<Connection> open_redis(const HostAndPort& address, const Deadline& deadline);
    std::unique_ptr<Connection> open_master(const Deadline& deadline);
    std::unique_ptr<Connection> ask_sentinel(const HostAndPort& sentinel, const Deadline& deadline);

    const HostAndPort redis_;
    const Login login_;
    const std::string database_;  // empty: 0, which needs no selection
    const std::string service_;
    const Login sentinel_login_;
    Mutex mutex_;
    SentinelOrder sentinels_ EVENTAIL_GUARDED_BY(mutex_);
};

}  // namespace eventail::store
