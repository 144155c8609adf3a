// What users set before anything begins: refused where it can never work, and brought within what
// can be added to a point in time.
#pragma once

#include <eventail/endpoint.hpp>
#include <eventail/service_options.hpp>

namespace eventail::service {

/// The options as they take effect: durations beyond ten years, which mean "for ever", are ten
/// years. @throws Error invalid_argument, which names the option
ServiceOptions checked(ServiceOptions options);
EndpointOptions checked(EndpointOptions options);

}  // namespace eventail::service
