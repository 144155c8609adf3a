#include "support/broker.hpp"

#include <sys/wait.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <stdexcept>
#include <utility>

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

void Broker::Guard::operator()(std::FILE* pipe) const { ::pclose(pipe); }

Broker& Broker::shared() {
    if (!variable("EVENTAIL_TEST_AMQP_URL").empty()) {
        static Broker of_the_run{OfTheRun{}};
        return of_the_run;
    }
    static Broker of_this_process;
    return of_this_process;
}

Broker::Broker(OfTheRun)
    : folder_(variable("EVENTAIL_TEST_BROKER_DIR")),
      url_(variable("EVENTAIL_TEST_AMQP_URL")),
      tls_url_(variable("EVENTAIL_TEST_AMQPS_URL")),
      certificates_(variable("EVENTAIL_TEST_CERTIFICATES")) {}

Broker::Broker() {
    const std::string run = script();
    folder_ = fresh_folder();
    // Waits for the end of its input: for this object, or this process, to end.
    const std::string folder = in_quotes(folder_.string());
    const std::string guard = "trap '' INT TERM HUP; cat; " + run + " stop " + folder +
                              "/broker 2>/dev/null; rm -rf " + folder;
    guard_.reset(::popen(guard.c_str(), "we"));
    if (!guard_) throw std::runtime_error("no process can be started");
    folder_ /= "broker";
    url_ = without_line_end(run_script({"start"}));
}

std::string Broker::url_with(std::string_view user_and_password,
                             std::string_view virtual_host) const {
    std::string url = "amqp://" + std::string(user_and_password) + url_.substr(url_.find('@'));
    if (!virtual_host.empty()) url += "/" + std::string(virtual_host);
    return url;
}

void Broker::kill() { run_script({"kill"}); }

void Broker::restart() { run_script({"restart"}); }

std::string Broker::ctl(const std::vector<std::string>& arguments) {
    std::vector<std::string> all = {"ctl"};
    all.insert(all.end(), arguments.begin(), arguments.end());
    return run_script(all);
}

void Broker::set_policy(const std::string& name, const std::string& queue_pattern,
                        const std::string& definition_json) {
    ctl({"set_policy", name, queue_pattern, definition_json, "--apply-to", "queues"});
}

void Broker::clear_policy(const std::string& name) { ctl({"clear_policy", name}); }

void Broker::close_connections(const std::string& reason) {
    ctl({"close_all_connections", reason});
}

void Broker::block() { ctl({"set_vm_memory_high_watermark", "0"}); }

void Broker::unblock() { ctl({"set_vm_memory_high_watermark", "0.4"}); }

std::vector<std::string> Broker::connections(std::string_view name) {
    std::istringstream lines(ctl({"--silent", "list_connections", "pid", "client_properties"}));
    std::vector<std::string> found;
    for (std::string line; std::getline(lines, line);) {
        if (line.find(name) != std::string::npos) found.push_back(line.substr(0, line.find('\t')));
    }
    return found;
}

std::string Broker::run_script(const std::vector<std::string>& arguments) const {
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
