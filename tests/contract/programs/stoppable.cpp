// A service for tests that stop it by signal, in a separate process. Reports its progress on
// standard output.
// stoppable URL[,URL] NAME [configured] [busy] [echo] [chatty]
#include <eventail/service.hpp>
#include <eventail/supervisor.hpp>

#include <chrono>
#include <cstdio>
#include <set>
#include <sstream>
#include <string>
#include <thread>

namespace {

using namespace std::chrono_literals;
using eventail::Configuration;
using eventail::Event;

void say(const char* what) {
    std::puts(what);
    std::fflush(stdout);
}

class Stoppable : public eventail::Service {
public:
    Stoppable(eventail::ServiceOptions options, const std::set<std::string>& modes)
        : Service(std::move(options)), name_(this->options().logical_service), modes_(modes) {
        if (modes_.contains("configured")) {
            on_config(name_ + ".Setting", [](const Configuration&) { return true; });
        }
        on_event(name_ + ".In", [this](const Event&) {
            say("handling");
            if (modes_.contains("busy")) std::this_thread::sleep_for(4s);
            if (modes_.contains("echo")) publish_event(name_ + ".Out", {{"n", 1}});
            say("handled");
        });
    }

    void on_ready() override {
        say("ready");
        if (modes_.contains("chatty")) chat();
    }
    void on_unconfigured() override { say("unconfigured"); }

private:
    void chat() {
        publish_event(name_ + ".Out", {{"n", 2}});
        call_later(50ms, [this] { chat(); });
    }

    std::string name_;
    std::set<std::string> modes_;
};

}  // namespace

int main(int argc, char** argv) {
    if (argc < 3) return 2;
    eventail::ServiceOptions options;
    options.amqp_urls.clear();
    std::istringstream urls(argv[1]);
    for (std::string url; std::getline(urls, url, ',');) options.amqp_urls.push_back(url);
    options.logical_service = argv[2];
    options.drain_timeout = 2s;
    const std::set<std::string> modes(argv + 3, argv + argc);
    eventail::ReconnectingSupervisor<Stoppable> supervisor(std::move(options), modes);
    const int status = supervisor.run();
    say("over");
    return status;
}
