#include "store/servers.hpp"

#include "base/printable.hpp"
#include "net/system_calls.hpp"
#include "store/checked_store_options.hpp"
#include "store/interpret.hpp"

#include <algorithm>

namespace eventail::store {
namespace {

constexpr std::chrono::milliseconds pause_between_rounds{100};

Request login_request(const Login& login) {
    if (login.user.empty()) return Request{"AUTH", login.password};
    return Request{"AUTH", login.user, login.password};
}

void log_in(Connection& connection, const Login& login, const Deadline& deadline) {
    if (login.is_empty()) return;
    const Reply reply = connection.ask(login_request(login), {}, deadline);
    if (reply.kind == Reply::Kind::error) throw login_refusal(reply, connection.name());
    require_ok(reply, connection.name());
}

}  // namespace

Servers::Servers(const StoreOptions& checked_options)
    : redis_{checked_options.host, checked_options.port},
      login_{checked_options.user, checked_options.password},
      database_(checked_options.database == 0 ? "" : std::to_string(checked_options.database)),
      service_(checked_options.sentinel_service),
      sentinel_login_{checked_options.sentinel_user, checked_options.sentinel_password},
      sentinels_(sentinel_addresses(checked_options)) {}

std::unique_ptr<Connection> Servers::open(const Deadline& deadline) {
    if (service_.empty()) return open_redis(redis_, deadline);
    while (true) {
        try {
            return open_master(deadline);
        } catch (const Error& error) {
            const bool is_final = error.code() == Errc::access_refused;
            if (is_final || deadline.remaining(Clock::now()) <= pause_between_rounds) throw;
        }
        net::system::poll({}, static_cast<int>(pause_between_rounds.count()));
    }
}

std::unique_ptr<Connection> Servers::open_redis(const HostAndPort& address,
                                                const Deadline& deadline) {
    auto connection = std::make_unique<Connection>("Redis", address, deadline);
    log_in(*connection, login_, deadline);
    if (!database_.empty()) {
        require_ok(connection->ask(Request{"SELECT", database_}, {}, deadline), connection->name());
    }
    return connection;
}

std::unique_ptr<Connection> Servers::open_master(const Deadline& deadline) {
    const auto sentinels = [this] {
        const Lock lock(mutex_);
        return sentinels_.all();
    }();
    std::string failures;
    Errc code = Errc::connection_failed;
    std::size_t left = sentinels.size();
    for (const HostAndPort& sentinel : sentinels) {
        try {
            auto connection = ask_sentinel(sentinel, deadline.share(left--, Clock::now()));
            const Lock lock(mutex_);
            sentinels_.was_right(sentinel);
            return connection;
        } catch (const Error& error) {
            failures += (failures.empty() ? "" : "; ") + std::string(error.what());
            if (error.code() == Errc::access_refused) code = Errc::access_refused;
            const Lock lock(mutex_);
            sentinels_.was_no_help(sentinel);
        }
    }
    throw Error(code, "no Sentinel led to the master of \"" + printable_in_quotes(service_) +
                          "\": " + failures);
}

std::unique_ptr<Connection> Servers::ask_sentinel(const HostAndPort& sentinel,
                                                  const Deadline& deadline) {
    // Half of the time for the Sentinel, the rest for the Redis that it names.
    const Deadline its_share = deadline.share(2, Clock::now());
    Connection asked("Sentinel", sentinel, its_share);
    log_in(asked, sentinel_login_, its_share);
    const auto master = master_address(
        asked.ask(Request{"SENTINEL", "GET-MASTER-ADDR-BY-NAME", service_}, {}, its_share),
        asked.name());
    if (!master) throw Error(Errc::not_found, asked.name() + " does not know this service");

    auto connection = open_redis(*master, deadline);
    const Role role = role_of(connection->ask(Request{"ROLE"}, {}, deadline), connection->name());
    if (role != Role::master) {
        throw Error(Errc::connection_failed,
                    connection->name() + ", which " + asked.name() + " names, is no master");
    }
    return connection;
}

}  // namespace eventail::store
