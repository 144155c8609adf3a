// Checks the options of a store before anything begins.
#pragma once

#include "store/address.hpp"
#include <eventail/store.hpp>

#include <vector>

namespace eventail::store {

/// The effective options: durations beyond ten years, which mean "for ever", become ten years.
/// @throws Error invalid_argument, which names the option and shows no password; tls_failed
[[nodiscard]] StoreOptions checked(StoreOptions options);

/// Those of checked options.
[[nodiscard]] std::vector<HostAndPort> sentinel_addresses(const StoreOptions& options);

}  // namespace eventail::store
