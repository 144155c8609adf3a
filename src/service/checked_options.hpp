// What users set before anything begins: refused where it can never work, and brought within what
// can be added to a point in time.
#pragma once

#include "net/url.hpp"
#include <eventail/endpoint.hpp>
#include <eventail/service_options.hpp>

#include <string>
#include <vector>

namespace eventail::service {

/// The options as they take effect: durations beyond ten years, which mean "for ever", are ten
/// years. @throws Error invalid_argument, which names the option
ServiceOptions checked(ServiceOptions options);
EndpointOptions checked(EndpointOptions options);

/// Brokers to connect to. @throws Error for a url that is none, and for a file that it names and
/// that cannot be used
std::vector<net::Url> checked_urls(const std::vector<std::string>& texts);

}  // namespace eventail::service
