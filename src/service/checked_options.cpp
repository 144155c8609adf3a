#include "service/checked_options.hpp"

#include "bus/envelope.hpp"
#include "net/tls_context.hpp"
#include "payload/cbor_utf8.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>
#include <utility>

namespace eventail::service {
namespace {

using std::chrono::milliseconds;

// People write max() for "for ever"; it overflows when added to now.
constexpr milliseconds for_ever = std::chrono::years{10};
constexpr std::chrono::seconds longest_heartbeat{65535};
// The longest routing key is that of emergencies, longer than the names of queues.
constexpr std::size_t longest_name_bytes =
    bus::max_short_text_bytes - std::string_view(".EMERGENCY").size();

/// The checks shared by services and endpoints; messages name the option with its struct.
class Checks {
public:
    explicit Checks(std::string of) : of_(std::move(of)) {}

    void require(bool is_true, std::string_view what_is_wrong) const {
        if (is_true) return;
        throw Error(Errc::invalid_argument, of_ + "::" + std::string(what_is_wrong));
    }

    void logical_service(std::string_view name) const {
        require(!name.empty(), "logical_service is empty");
        require(name.size() <= longest_name_bytes,
                "logical_service is longer than " + std::to_string(longest_name_bytes) + " bytes");
        // RabbitMQ removes line breaks from a queue's name, and then cannot find the queue.
        const bool is_printable = std::ranges::none_of(name, [](char each) {
            const auto byte = static_cast<unsigned char>(each);
            return byte < 0x20 || byte == 0x7F;
        });
        require(is_printable && payload::is_utf8(name),
                "logical_service holds control characters, or is not UTF-8");
    }

    void heartbeat(std::chrono::seconds value) const {
        require(value.count() >= 0 && value <= longest_heartbeat,
                "heartbeat is not from 0 to 65535 seconds");
    }

    void payload_limits(const PayloadLimits& limits) const {
        require(limits.max_bytes > 0, "payload_limits.max_bytes is 0: no content fits");
        require(limits.max_depth > 0, "payload_limits.max_depth is 0: not even a map fits");
    }

    void may_be_zero(milliseconds& value, const std::string& option) const {
        require(value.count() >= 0, option + " is negative");
        value = std::min(value, for_ever);
    }

    void above_zero(milliseconds& value, const std::string& option) const {
        require(value.count() > 0, option + " is not above 0");
        value = std::min(value, for_ever);
    }

private:
    std::string of_;
};

}  // namespace

ServiceOptions checked(ServiceOptions options) {
    const Checks checks("ServiceOptions");
    checks.require(!options.amqp_urls.empty(), "amqp_urls is empty");
    checks.logical_service(options.logical_service);
    checks.require(options.prefetch_count > 0, "prefetch_count is 0: no message would arrive");
    checks.require(options.handler_threads > 0,
                   "handler_threads is 0: no message would be handled");
    checks.require(options.handler_threads <= 1024, "handler_threads is over 1024");
    checks.heartbeat(options.heartbeat);
    checks.payload_limits(options.payload_limits);
    checks.may_be_zero(options.blocked_timeout, "blocked_timeout");
    checks.may_be_zero(options.retry_delay, "retry_delay");
    checks.may_be_zero(options.drain_timeout, "drain_timeout");
    checks.may_be_zero(options.max_reconnect_delay, "max_reconnect_delay");
    checks.above_zero(options.connect_timeout, "connect_timeout");
    checks.above_zero(options.request_timeout, "request_timeout");
    checks.may_be_zero(options.publish_timeout, "publish_timeout");
    checks.above_zero(options.stand_in_interval, "stand_in_interval");
    return options;
}

EndpointOptions checked(EndpointOptions options) {
    const Checks checks("EndpointOptions");
    checks.require(!options.amqp_urls.empty(), "amqp_urls is empty");
    checks.logical_service(options.logical_service);
    checks.heartbeat(options.heartbeat);
    checks.payload_limits(options.payload_limits);
    checks.above_zero(options.confirm_timeout, "confirm_timeout");
    checks.above_zero(options.connect_timeout, "connect_timeout");
    return options;
}

std::vector<net::Url> checked_urls(const std::vector<std::string>& texts) {
    std::vector<net::Url> urls;
    urls.reserve(texts.size());
    for (const std::string& text : texts) {
        urls.push_back(net::parse_url(text));
        net::check_files(urls.back());
    }
    return urls;
}

}  // namespace eventail::service
