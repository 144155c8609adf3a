#include "store/checked_store_options.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace eventail::store {
namespace {

// People write max() for "for ever"; it overflows when added to now, and Redis refuses it.
constexpr std::chrono::years for_ever{10};
constexpr std::uint16_t sentinel_port = 26379;

void require(bool is_true, const std::string& what_is_wrong) {
    if (!is_true) throw Error(Errc::invalid_argument, "StoreOptions::" + what_is_wrong);
}

bool is_text_without_nul(const std::string& text) { return text.find('\0') == std::string::npos; }

void refuse_tls(const StoreOptions& options) {
    const auto asks_for_tls = [](const std::string& text) { return text.starts_with("rediss://"); };
    if (!options.tls && !asks_for_tls(options.host) &&
        !std::ranges::any_of(options.sentinels, asks_for_tls)) {
        return;
    }
    throw Error(Errc::tls_failed,
                "StoreOptions: TLS is not available, since the hiredis of this library (0.14) has "
                "none; use a network that you trust, or a tunnel such as stunnel");
}

}  // namespace

StoreOptions checked(StoreOptions options) {
    refuse_tls(options);
    require(!options.host.empty(), "host is empty");
    require(is_text_without_nul(options.host), "host holds a NUL");
    require(options.host.find("://") == std::string::npos,
            "host is a url; write the host alone, the rest has its own options");
    require(options.port != 0, "port is 0");
    require(options.sentinels.empty() == options.sentinel_service.empty(),
            options.sentinels.empty() ? "sentinel_service is set, but sentinels is empty"
                                      : "sentinel_service is empty: which service do they watch?");
    require(options.time_to_live.count() > 0, "time_to_live is not above 0");
    require(options.timeout.count() > 0, "timeout is not above 0");
    require(options.max_connections > 0, "max_connections is 0: no operation could run");
    require(options.max_connections <= 10'000, "max_connections is over 10000");
    options.time_to_live = std::min<std::chrono::seconds>(options.time_to_live, for_ever);
    options.timeout = std::min<std::chrono::milliseconds>(options.timeout, for_ever);
    (void)sentinel_addresses(options);
    return options;
}

std::vector<HostAndPort> sentinel_addresses(const StoreOptions& options) {
    std::vector<HostAndPort> addresses;
    for (std::size_t i = 0; i < options.sentinels.size(); ++i) {
        try {
            addresses.push_back(parse_address(options.sentinels[i], sentinel_port));
        } catch (const Error& error) {
            require(false, "sentinels[" + std::to_string(i) + "]: " + error.what());
        }
    }
    return addresses;
}

}  // namespace eventail::store
