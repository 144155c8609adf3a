// Which options are refused, and the effect of durations that mean "for ever".
#include "service/checked_options.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace eventail::service {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

ServiceOptions good_service() {
    ServiceOptions options;
    options.logical_service = "good";
    return options;
}

EndpointOptions good_endpoint() {
    EndpointOptions options;
    options.logical_service = "good";
    return options;
}

/// The text of the refusal; empty if there is none.
template <typename Options>
std::string refusal(Options options) {
    try {
        static_cast<void>(checked(std::move(options)));
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), Errc::invalid_argument);
        return error.what();
    }
    return "";
}

TEST(CheckedOptions, the_defaults_are_taken_as_they_are) {
    EXPECT_EQ(refusal(good_service()), "");
    EXPECT_EQ(refusal(good_endpoint()), "");
    EXPECT_EQ(checked(good_service()).drain_timeout, ServiceOptions().drain_timeout);
    EXPECT_EQ(checked(good_endpoint()).confirm_timeout, EndpointOptions().confirm_timeout);
}

TEST(CheckedOptions, a_duration_that_can_never_work_is_refused_by_name) {
    const auto with = [](auto member, auto value) {
        ServiceOptions options = good_service();
        options.*member = value;
        return refusal(options);
    };

    EXPECT_EQ(with(&ServiceOptions::connect_timeout, 0ms),
              "ServiceOptions::connect_timeout is not above 0");
    EXPECT_EQ(with(&ServiceOptions::request_timeout, -1ms),
              "ServiceOptions::request_timeout is not above 0");
    EXPECT_EQ(with(&ServiceOptions::stand_in_interval, 0ms),
              "ServiceOptions::stand_in_interval is not above 0");
    EXPECT_EQ(with(&ServiceOptions::blocked_timeout, -1ms),
              "ServiceOptions::blocked_timeout is negative");
    EXPECT_EQ(with(&ServiceOptions::retry_delay, -1ms), "ServiceOptions::retry_delay is negative");
    EXPECT_EQ(with(&ServiceOptions::drain_timeout, -1ms),
              "ServiceOptions::drain_timeout is negative");
    EXPECT_EQ(with(&ServiceOptions::max_reconnect_delay, -1ms),
              "ServiceOptions::max_reconnect_delay is negative");
    EXPECT_EQ(with(&ServiceOptions::publish_timeout, -1ms),
              "ServiceOptions::publish_timeout is negative");
    EXPECT_EQ(with(&ServiceOptions::publish_timeout, 0ms), "");
    EXPECT_EQ(with(&ServiceOptions::heartbeat, 0s), "");
    EXPECT_EQ(with(&ServiceOptions::heartbeat, -1s),
              "ServiceOptions::heartbeat is not from 0 to 65535 seconds");
    EXPECT_EQ(with(&ServiceOptions::payload_limits, PayloadLimits{.max_bytes = 0}),
              "ServiceOptions::payload_limits.max_bytes is 0: no content fits");
    EXPECT_EQ(with(&ServiceOptions::payload_limits, PayloadLimits{.max_depth = 0}),
              "ServiceOptions::payload_limits.max_depth is 0: not even a map fits");
    EXPECT_EQ(with(&ServiceOptions::heartbeat, 65536s),
              "ServiceOptions::heartbeat is not from 0 to 65535 seconds");
}

TEST(CheckedOptions, an_endpoint_is_held_to_the_same) {
    const auto with = [](auto member, auto value) {
        EndpointOptions options = good_endpoint();
        options.*member = value;
        return refusal(options);
    };

    EXPECT_EQ(with(&EndpointOptions::amqp_urls, std::vector<std::string>{}),
              "EndpointOptions::amqp_urls is empty");
    EXPECT_EQ(with(&EndpointOptions::confirm_timeout, 0ms),
              "EndpointOptions::confirm_timeout is not above 0");
    EXPECT_EQ(with(&EndpointOptions::connect_timeout, 0ms),
              "EndpointOptions::connect_timeout is not above 0");
    EXPECT_EQ(with(&EndpointOptions::payload_limits, PayloadLimits{.max_bytes = 0}),
              "EndpointOptions::payload_limits.max_bytes is 0: no content fits");
    EXPECT_EQ(with(&EndpointOptions::heartbeat, -1s),
              "EndpointOptions::heartbeat is not from 0 to 65535 seconds");
}

TEST(CheckedOptions, a_name_that_no_queue_can_have_is_refused) {
    const auto named = [](const std::string& name) {
        ServiceOptions service = good_service();
        EndpointOptions endpoint = good_endpoint();
        service.logical_service = endpoint.logical_service = name;
        EXPECT_EQ(refusal(service).empty(), refusal(endpoint).empty()) << name;
        return refusal(service);
    };

    EXPECT_EQ(named(""), "ServiceOptions::logical_service is empty");
    EXPECT_EQ(named(std::string(246, 'x')),
              "ServiceOptions::logical_service is longer than 245 bytes");
    EXPECT_EQ(named(std::string(245, 'x')), "");
    for (const char* name : {"two\nlines", "\x1b[31m", "\x7f", "\xff"}) {
        EXPECT_EQ(named(name),
                  "ServiceOptions::logical_service holds control characters, or is not UTF-8");
    }
    EXPECT_EQ(named("caf\u00e9 2"), "");
}

TEST(CheckedOptions, for_ever_can_be_added_to_now) {
    ServiceOptions service = good_service();
    service.connect_timeout = service.request_timeout = milliseconds::max();
    service.blocked_timeout = service.drain_timeout = milliseconds::max();
    service.retry_delay = service.max_reconnect_delay = milliseconds::max();
    service.publish_timeout = service.stand_in_interval = milliseconds::max();
    EndpointOptions endpoint = good_endpoint();
    endpoint.connect_timeout = endpoint.confirm_timeout = milliseconds::max();

    service = checked(service);
    endpoint = checked(endpoint);

    const milliseconds ten_years = std::chrono::years{10};
    for (const milliseconds each :
         {service.connect_timeout, service.request_timeout, service.blocked_timeout,
          service.drain_timeout, service.retry_delay, service.max_reconnect_delay,
          service.publish_timeout, service.stand_in_interval, endpoint.connect_timeout,
          endpoint.confirm_timeout}) {
        EXPECT_EQ(each, ten_years);
    }
    // The longest sum: a retry after several refusals.
    EXPECT_GT(std::chrono::steady_clock::now() + 8 * service.retry_delay,
              std::chrono::steady_clock::now());
}

}  // namespace
}  // namespace eventail::service
