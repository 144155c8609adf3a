// A program that ends in an unusual way, for tests that watch it.
// ending URL NAME HOW [THREADS]
#include <eventail/endpoint.hpp>
#include <eventail/service.hpp>
#include <eventail/supervisor.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

// A program that ends in the middle of its work leaks memory; here that is the point.
extern "C" const char* __asan_default_options();
extern "C" const char* __asan_default_options() { return "detect_leaks=0"; }

namespace {

using namespace std::chrono_literals;

std::string url;
std::string name;
unsigned threads = 1;

void say(const char* what) {
    std::puts(what);
    std::fflush(stdout);
}

eventail::ServiceOptions options() {
    eventail::ServiceOptions made;
    made.amqp_urls = {url};
    made.logical_service = name;
    made.handler_threads = threads;
    made.drain_timeout = 30s;
    return made;
}

/// Only one thread of a program may call exit(); messages from an earlier program may arrive beside
/// its own.
void exit_once() {
    static std::once_flag once;
    std::call_once(once, [] { std::exit(3); });
}

/// Sends itself an event as soon as its queue exists.
class ToItself : public eventail::Service {
public:
    using Service::Service;
    void on_ready() override { publish_event(name + ".In", {}); }
};

/// Runs a service with that handler.
int handle(const std::function<void()>& handler) {
    ToItself service(options());
    service.on_event(name + ".In", [&](const eventail::Event&) {
        say("handling");
        handler();
    });
    return eventail::supervise(service);
}

/// Runs a service and soon calls that function.
int run(const std::function<void()>& function) {
    eventail::Service service(options());
    service.call_later(200ms, function);
    return eventail::supervise(service);
}

std::unique_ptr<eventail::Endpoint> global_endpoint;

const std::map<std::string, std::function<int()>> ways = {
    {"exit_in_handler", [] { return handle(exit_once); }},
    {"exit_in_timer", [] { return run([] { std::exit(3); }); }},
    {"exit_in_thread",
     [] {
         std::thread([] {
             std::this_thread::sleep_for(300ms);
             std::exit(3);
         }).detach();
         return run([] {});
     }},
    {"exit_in_child",
     [] {
         // The parent reports any failure of the child.
         return run([] {
             const pid_t child = ::fork();
             if (child == 0) std::exit(3);
             int status = -1;
             ::waitpid(child, &status, 0);
             ::_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
         });
     }},
    {"return_in_child",
     [] {
         // The child comes back from the handler, and must not go on as its parent.
         return handle([] {
             const pid_t child = ::fork();
             if (child == 0) return;
             int status = -1;
             ::waitpid(child, &status, 0);
             ::_exit(WIFEXITED(status) && WEXITSTATUS(status) == 1 ? 3 : 1);
         });
     }},
    {"static_service",
     [] {
         static eventail::Service service(options());
         service.log(eventail::Severity::warning, "starting");
         service.publish_event("Unsent", {});
         return 3;
     }},
    {"static_service_that_runs",
     [] {
         static eventail::Service service(options());
         service.call_later(200ms, [] {
             service.publish_event("Unsent", {});
             std::exit(3);
         });
         return eventail::supervise(service);
     }},
    {"static_endpoint",
     [] {
         static eventail::Endpoint endpoint({url}, name);
         endpoint.log(eventail::Severity::error, "unsent");
         return 3;
     }},
    {"global_endpoint",
     [] {
         global_endpoint =
             std::make_unique<eventail::Endpoint>(std::vector<std::string>{url}, name);
         global_endpoint->log(eventail::Severity::error, "unsent");
         return 3;
     }},
    {"destroyed_while_it_runs",
     [] {
         auto service = std::make_unique<eventail::Service>(options());
         std::thread runner([&] { static_cast<void>(eventail::supervise(*service)); });
         std::this_thread::sleep_for(300ms);
         service.reset();
         runner.join();
         return 3;
     }},
    {"block",
     [] {
         return handle([] {
             for (;;) std::this_thread::sleep_for(1h);
         });
     }},
    {"publish_and_block",
     [] {
         eventail::Service service(options());
         service.call_later(200ms, [&] {
             for (int i = 0; i < 3; ++i) service.publish_event("Unsent", {});
             say("handling");
             for (;;) std::this_thread::sleep_for(1h);
         });
         return eventail::supervise(service);
     }},
    {"block_and_fill_the_log",
     [] {
         // Writing blocks as soon as the pipe is full.
         eventail::Service service(options());
         service.call_later(100ms, [&] {
             say("handling");
             const std::string line(1000, 'x');
             for (;;) service.log(eventail::Severity::warning, line);
         });
         return eventail::supervise(service);
     }},
    {"sleep",
     [] {
         eventail::Service service(options());
         service.call_later(1s, [&] {
             say("survived");
             service.stop();
         });
         say("running");
         return eventail::supervise(service);
     }},
};

}  // namespace

int main(int argc, char** argv) {
    if (argc < 4) return 2;
    url = argv[1];
    name = argv[2];
    if (argc > 4) threads = static_cast<unsigned>(std::stoul(argv[4]));
    const auto way = ways.find(argv[3]);
    return way == ways.end() ? 2 : way->second();
}
