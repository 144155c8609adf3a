// Checks options before anything begins: refuses options that can never work, and limits durations
// so that they can be added to a point in time.
#pragma once

#include "net/url.hpp"
#include <eventail/endpoint.hpp>
#include <eventail/service_options.hpp>

#include <string>
#include <vector>

namespace eventail::service {

/// The effective options: durations beyond ten years, which mean "for ever", become ten years.
/// @throws Error invalid_argument, which names the option
ServiceOptions checked(ServiceOptions options);
EndpointOptions checked(EndpointOptions options);

/// Reads broker urls. @throws Error for a malformed url, and for an unusable file named in one
std::vector<net::Url> checked_urls(const std::vector<std::string>& texts);

}  // namespace eventail::service
