#include "tools/broker.hpp"

#include "base/printable.hpp"
#include "tools/definitions.hpp"
#include "tools/policy.hpp"
#include "tools/stop_signals.hpp"
#include <eventail/broker.hpp>
#include <eventail/error.hpp>

#include <CLI/CLI.hpp>

#include <arpa/inet.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <ctime>
#include <iostream>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace eventail::tools {

namespace {

using Triple = std::tuple<std::string, std::string, std::string>;

/// The command line as given.
struct Arguments {
    BrokerOptions options = {};
    std::optional<std::uint16_t> port = {};
    std::vector<std::string> users = {};
    std::vector<Triple> policies = {};
    std::string definitions_file = {};
    BrokerTls tls = {};
    std::uint32_t heartbeat_seconds = 60;
    std::uint32_t consumer_timeout_seconds = 1800;
    bool is_quiet = false;
};

/// For CLI11: empty if the broker can listen on the address.
std::string what_is_wrong_with_address(std::string& text) {
    if (text == "localhost") text = "127.0.0.1";
    in6_addr ignored = {};
    const bool is_good = ::inet_pton(AF_INET, text.c_str(), &ignored) == 1 ||
                         ::inet_pton(AF_INET6, text.c_str(), &ignored) == 1;
    return is_good ? "" : "not an IP address: " + text;
}

/// For CLI11, which reads "-5" as a very large size, and clips a size that is too large.
std::string what_is_wrong_with_size(std::string& text) {
    constexpr std::size_t most_digits = 15;
    const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
    const bool is_good =
        digits > 0 && digits <= most_digits && text.find_first_not_of('0') < digits;
    return is_good ? "" : "not a size above 0, such as 256MB: " + text;
}

BrokerUser read_user(const std::string& text) {
    const std::size_t colon = text.find(':');
    if (colon == std::string::npos || colon == 0 || colon + 1 == text.size()) {
        throw Error(Errc::invalid_argument, "--user needs NAME:PASSWORD");
    }
    return {.name = text.substr(0, colon), .password = text.substr(colon + 1)};
}

/// Writes once, so that lines stay whole.
void log_line(std::string_view text) {
    const auto now = std::chrono::system_clock::now();
    const std::time_t seconds = std::chrono::system_clock::to_time_t(now);
    std::tm local = {};
    ::localtime_r(&seconds, &local);
    char time[16] = {};
    std::strftime(time, sizeof time, "%H:%M:%S", &local);
    const auto since_second = now - std::chrono::system_clock::from_time_t(seconds);
    const auto milliseconds =
        std::chrono::duration_cast<std::chrono::milliseconds>(since_second).count();
    const std::string fraction = std::to_string(1000 + milliseconds).substr(1);
    std::cerr << std::string(time) + "." + fraction + "  " + printable(text) + "\n";
}

BrokerOptions broker_options(const Arguments& arguments, const Definitions& definitions) {
    constexpr std::uint16_t amqp_port = 5672;
    constexpr std::uint16_t amqps_port = 5671;
    BrokerOptions options = arguments.options;
    const bool has_tls = !arguments.tls.certificate_file.empty();
    if (has_tls) options.tls = arguments.tls;
    options.port = arguments.port.value_or(has_tls ? amqps_port : amqp_port);
    options.heartbeat = std::chrono::seconds(arguments.heartbeat_seconds);
    options.consumer_timeout = std::chrono::seconds(arguments.consumer_timeout_seconds);
    if (!arguments.users.empty()) options.users.clear();
    for (const std::string& user : arguments.users) options.users.push_back(read_user(user));
    for (const BrokerUser& user : definitions.users) options.users.push_back(user);
    for (const std::string& host : definitions.virtual_hosts) {
        const auto same = std::ranges::find(options.virtual_hosts, host);
        if (same == options.virtual_hosts.end()) options.virtual_hosts.push_back(host);
    }
    for (const auto& [name, pattern, definition] : arguments.policies) {
        options.policies.push_back(read_policy(name, pattern, definition));
    }
    if (!arguments.is_quiet) options.log = log_line;
    return options;
}

/// The url for clients, without the password unless it is the default.
std::string shown_url(const EmbeddedBroker& broker, const BrokerOptions& options) {
    std::string url = broker.url(options.virtual_hosts.front());
    const BrokerUser& user = options.users.front();
    if (user.name == "guest" && user.password == "guest") return url;
    const std::size_t at = url.find('@');
    const std::size_t colon = url.find(':', url.find("://") + 3);
    return url.erase(colon, at - colon);
}

void set_policies(EmbeddedBroker& broker, const Definitions& definitions) {
    for (const auto& [host, policy] : definitions.policies) {
        try {
            broker.set_policy(policy, host);
        } catch (const std::out_of_range&) {
            throw Error(Errc::invalid_argument,
                        "policy " + policy.name + ": there is no virtual host " + host);
        }
    }
}

int run_broker(const Arguments& arguments) {
    Definitions definitions;
    if (!arguments.definitions_file.empty()) {
        definitions = read_definitions(arguments.definitions_file);
    }
    const BrokerOptions options = broker_options(arguments, definitions);
    const StopSignals signals;
    EmbeddedBroker broker(options);
    set_policies(broker, definitions);
    for (const std::string& section : definitions.ignored) {
        if (options.log) options.log("ignored in the definitions: " + section);
    }
    std::cout << shown_url(broker, options) << std::endl;
    if (!std::cout) throw Error(Errc::invalid_state, "cannot write the url to standard output");

    const std::string_view signal = signals.wait();
    if (!arguments.is_quiet) log_line("stopping: " + std::string(signal));
    broker.stop();
    return 0;
}

void add_options(CLI::App& command, Arguments& arguments) {
    const auto add = [&](const char* name, auto& value, const char* type, const char* meaning) {
        return command.add_option(name, value, meaning)->type_name(type);
    };
    // The type says enough; CLI11's additions are for programmers.
    const auto checked_by = [](CLI::Validator validator) { return validator.description(""); };
    BrokerOptions& options = arguments.options;

    add("--address", options.address, "ADDRESS", "IP address to listen on (127.0.0.1)")
        ->check(CLI::Validator(what_is_wrong_with_address, ""));
    add("--port", arguments.port, "PORT", "0: any free port (5672; with TLS 5671)")
        ->check(checked_by(CLI::Range(0, 65535)));
    add("--tls-certificate", arguments.tls.certificate_file, "FILE",
        "speak only TLS, with this certificate chain (PEM)")
        ->check(checked_by(CLI::ExistingFile));
    add("--tls-key", arguments.tls.key_file, "FILE", "the private key of the certificate (PEM)")
        ->check(checked_by(CLI::ExistingFile));
    command.get_option("--tls-certificate")->needs("--tls-key");
    command.get_option("--tls-key")->needs("--tls-certificate");

    add("--user", arguments.users, "NAME:PASSWORD",
        "has all permissions; repeat for more (guest:guest)")
        ->allow_extra_args(false);
    add("--vhost", options.virtual_hosts, "NAME", "virtual host; repeat for more (/)")
        ->allow_extra_args(false)
        ->check(CLI::Validator(
            [](std::string& name) { return std::string(name.empty() ? "needs a name" : ""); }, ""));
    add("--policy", arguments.policies, "NAME PATTERN JSON",
        "as for rabbitmqctl set_policy, in every virtual host; the JSON\n"
        "may contain priority and apply-to; repeat for more");
    add("--definitions", arguments.definitions_file, "FILE",
        "RabbitMQ's definitions in JSON: adds their vhosts, users,\n"
        "permissions and policies")
        ->check(checked_by(CLI::ExistingFile));

    add("--memory-limit", options.memory_limit_bytes, "SIZE",
        "for everything held; above it publishers wait (256MB)")
        ->transform(checked_by(CLI::AsSizeValue(false)))
        ->transform(CLI::Validator(what_is_wrong_with_size, ""));
    add("--heartbeat", arguments.heartbeat_seconds, "SECONDS", "proposed to clients; 0: none (60)")
        ->check(checked_by(CLI::Range(0, 65535)));
    add("--frame-max", options.frame_max, "BYTES", "the largest frame (131072)")
        ->check(checked_by(CLI::Range(4096, 1 << 30)));
    add("--channel-max", options.channel_max, "COUNT", "channels of one connection (2047)")
        ->check(checked_by(CLI::Range(1, 65535)));
    add("--max-message", options.max_message_bytes, "SIZE", "the largest body (128MB)")
        ->transform(checked_by(CLI::AsSizeValue(false)))
        ->transform(CLI::Validator(what_is_wrong_with_size, ""));
    add("--consumer-timeout", arguments.consumer_timeout_seconds, "SECONDS",
        "within which a delivery must be acknowledged; 0: no limit (1800)");
    command.add_flag("--quiet", arguments.is_quiet, "no log on the standard error stream");
}

}  // namespace

void add_broker(CLI::App& app, Job& job) {
    CLI::App* command =
        app.add_subcommand("broker",
                           "A broker in memory, for development and tests (docs/broker.md).\n"
                           "In production, use RabbitMQ. It prints its url when it is ready,\n"
                           "and runs until SIGINT, SIGTERM or SIGHUP.");
    const auto arguments = std::make_shared<Arguments>();
    add_options(*command, *arguments);
    command->callback([arguments, &job] { job = [arguments] { return run_broker(*arguments); }; });
}

}  // namespace eventail::tools
