#include "support/rabbitmq_broker.hpp"

#include <sys/wait.h>

#include <array>
#include <cstdlib>
#include <sstream>
#include <stdexcept>

namespace eventail::test {
namespace {

std::string in_quotes(std::string_view word) {
    std::string text = "'";
    for (const char each : word) {
        if (each == '\'') {
            text += R"('\'')";
        } else {
            text += each;
        }
    }
    return text + "'";
}

std::string variable(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
}

std::string script() {
    const std::string folder = variable("EVENTAIL_SCRIPTS");
    if (folder.empty()) throw std::runtime_error("EVENTAIL_SCRIPTS does not name scripts/");
    return in_quotes(folder + "/rabbitmq");
}

std::string without_line_end(std::string text) {
    while (text.ends_with('\n')) text.pop_back();
    return text;
}

std::filesystem::path fresh_folder() {
    std::string name = (std::filesystem::temp_directory_path() / "eventail-broker-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make " + name);
    return name;
}

}  // namespace

void RabbitMqBroker::Guard::operator()(std::FILE* pipe) const { ::pclose(pipe); }

RabbitMqBroker::RabbitMqBroker(const std::string& url)
    : Broker(url), folder_(variable("EVENTAIL_TEST_BROKER_DIR")) {}

RabbitMqBroker::RabbitMqBroker() {
    const std::string run = script();
    folder_ = fresh_folder();
    // Waits for the end of its input: the end of this object, or of this process.
    const std::string folder = in_quotes(folder_.string());
    const std::string guard = "trap '' INT TERM HUP; cat; " + run + " stop " + folder +
                              "/broker 2>/dev/null; rm -rf " + folder;
    guard_.reset(::popen(guard.c_str(), "we"));
    if (!guard_) throw std::runtime_error("no process can be started");
    folder_ /= "broker";
    url_ = without_line_end(run_script({"start"}));
}

std::string RabbitMqBroker::tls_url() {
    const std::string url = variable("EVENTAIL_TEST_AMQPS_URL");
    if (url.empty() || url_ != variable("EVENTAIL_TEST_AMQP_URL")) return {};
    return url + "/?cacertfile=" + variable("EVENTAIL_TEST_CERTIFICATES") + "/ca.pem";
}

std::string RabbitMqBroker::certificate_url() {
    std::string url = tls_url();
    if (url.empty()) return {};
    const std::string client = variable("EVENTAIL_TEST_CERTIFICATES") + "/client";
    url += "&certfile=" + client + ".pem&keyfile=" + client + ".key&auth_mechanism=external";
    // A client that fell back to a password would not get in.
    return url.replace(url.find("//") + 2, url.find('@') - url.find("//") - 2, "nobody:wrong");
}

void RabbitMqBroker::kill() { run_script({"kill"}); }

void RabbitMqBroker::restart() { run_script({"restart"}); }

void RabbitMqBroker::add_user(const std::string& name, const std::string& password,
                              const Permissions& permissions) {
    ctl({"add_user", name, password});
    ctl({"set_permissions", name, permissions.configure, permissions.write, permissions.read});
}

void RabbitMqBroker::delete_user(const std::string& name) { ctl({"delete_user", name}); }

void RabbitMqBroker::set_policy(const std::string& name, const std::string& queue_pattern,
                                const std::string& definition_json) {
    ctl({"set_policy", name, queue_pattern, definition_json, "--apply-to", "queues"});
}

void RabbitMqBroker::clear_policy(const std::string& name) { ctl({"clear_policy", name}); }

void RabbitMqBroker::limit_messages(std::uint64_t max_bytes) {
    // RabbitMQ 3.10 reads the one, 4.0 the other.
    const std::string bytes = std::to_string(max_bytes);
    ctl({"eval", "application:set_env(rabbit, max_message_size, " + bytes +
                     "), persistent_term:put(max_message_size, " + bytes + ")."});
}

void RabbitMqBroker::limit_handling(std::chrono::milliseconds max_time) {
    const bool is_short = max_time < std::chrono::minutes{1};
    ctl({"eval", "application:set_env(rabbit, consumer_timeout, " +
                     std::to_string(max_time.count()) +
                     "), application:set_env(rabbit, channel_tick_interval, " +
                     (is_short ? "500" : "60000") + ")."});
}

void RabbitMqBroker::close_connections(const std::string& reason) {
    ctl({"close_all_connections", reason});
}

void RabbitMqBroker::block() { ctl({"set_vm_memory_high_watermark", "0"}); }

void RabbitMqBroker::unblock() { ctl({"set_vm_memory_high_watermark", "0.4"}); }

std::vector<std::string> RabbitMqBroker::connections(std::string_view name) {
    std::istringstream lines(ctl({"--silent", "list_connections", "pid", "client_properties"}));
    std::vector<std::string> found;
    for (std::string line; std::getline(lines, line);) {
        if (line.find(name) != std::string::npos) found.push_back(line.substr(0, line.find('\t')));
    }
    return found;
}

std::string RabbitMqBroker::overview() {
    return ctl({"--quiet", "list_queues", "name", "messages_ready", "messages_unacknowledged",
                "consumers"}) +
           ctl({"--quiet", "list_connections", "name", "state"}) +
           ctl({"--quiet", "list_channels", "name", "consumer_count", "messages_unacknowledged",
                "messages_unconfirmed"});
}

std::string RabbitMqBroker::ctl(const std::vector<std::string>& arguments) const {
    std::vector<std::string> all = {"ctl"};
    all.insert(all.end(), arguments.begin(), arguments.end());
    return run_script(all);
}

std::string RabbitMqBroker::run_script(const std::vector<std::string>& arguments) const {
    if (folder_.empty()) throw std::runtime_error("EVENTAIL_TEST_BROKER_DIR names no broker");
    // The verb, the broker's folder, the rest.
    std::string command = script() + ' ' + arguments.front() + ' ' + in_quotes(folder_.string());
    for (std::size_t i = 1; i < arguments.size(); ++i) command += ' ' + in_quotes(arguments[i]);
    std::FILE* const pipe = ::popen((command + " 2>&1").c_str(), "re");
    if (pipe == nullptr) throw std::runtime_error("no process can be started");
    std::string output;
    std::array<char, 4096> part;
    for (std::size_t count = 0; (count = std::fread(part.data(), 1, part.size(), pipe)) > 0;) {
        output.append(part.data(), count);
    }
    const int status = ::pclose(pipe);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        throw std::runtime_error(command + " failed: " + output);
    }
    return output;
}

}  // namespace eventail::test
