// Urls for a service that is a tool, whose own log does not belong on the bus.
#pragma once

#include <string>

namespace eventail::tools {

/// The url with `channel_max=1`, in place of one that it may have. A service then has no channel
/// for log records.
[[nodiscard]] std::string with_one_channel(const std::string& url);

}  // namespace eventail::tools
