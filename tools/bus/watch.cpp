#include "tools/bus/watch.hpp"

#include "tools/bus/broker_client.hpp"
#include <eventail/error.hpp>

#include <poll.h>

#include <algorithm>
#include <chrono>
#include <limits>

namespace eventail::tools {

namespace {

using namespace std::chrono_literals;

/// @throws Woken
void pause(int wake_up, std::chrono::milliseconds duration) {
    pollfd request{wake_up, POLLIN, 0};
    if (::poll(&request, 1, static_cast<int>(duration.count())) > 0) throw Woken();
}

void watch_once(const WatchOptions& options, const std::string& url, bool& was_consuming) {
    BrokerClient client(
        {.url = url, .connection_name = options.connection_name, .wake_up = options.wake_up});
    const std::string queue = client.declare_exclusive_queue();
    for (const Binding& binding : options.bindings) {
        client.bind(queue, binding.exchange, binding.key);
    }
    client.consume(queue, options.take);
    was_consuming = true;
    options.say("watching " + client.url_name());
    for (;;) client.serve(Clock::now() + 1h);
}

}  // namespace

void watch(const WatchOptions& options) {
    constexpr std::chrono::milliseconds longest = 10s;
    std::chrono::milliseconds delay = 500ms;
    for (std::size_t turn = 0;; ++turn) {
        bool was_consuming = false;
        try {
            watch_once(options, options.urls[turn % options.urls.size()], was_consuming);
        } catch (const Woken&) {
            return;
        } catch (const Error& error) {
            if (error.code() == Errc::access_refused) throw;
            if (was_consuming) delay = 500ms;
            const bool is_missing = error.code() == Errc::not_found;
            options.say(std::string(error.what()) +
                        (is_missing ? " (a service declares it when it first runs)" : "") +
                        "; trying again");
        }
        try {
            pause(options.wake_up, delay);
        } catch (const Woken&) {
            return;
        }
        delay = std::min(delay * 2, longest);
    }
}

}  // namespace eventail::tools
