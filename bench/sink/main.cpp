// A cheap peer: speaks just enough AMQP 0-9-1 for a client to reach its own limits. Listens on
// loopback, prints its port, and counts until SIGTERM or until its parent is gone.
//
// usage: sink [--port N] [--body-bytes N] [--deliver 0|1] [--heartbeat SECONDS]
#include "arguments.hpp"
#include "measurement.hpp"
#include "sink/connection.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <exception>
#include <system_error>
#include <unordered_map>

namespace eventail::bench {
namespace {

[[noreturn]] void fail(const char* what) {
    throw std::system_error(errno, std::generic_category(), what);
}

class Sink {
public:
    explicit Sink(const SinkOptions& options) : hub_(options) {
        epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
        listen_on(options.port);
        sigset_t signals;
        ::sigemptyset(&signals);
        ::sigaddset(&signals, SIGTERM);
        ::sigaddset(&signals, SIGINT);
        ::sigprocmask(SIG_BLOCK, &signals, nullptr);
        ::prctl(PR_SET_PDEATHSIG, SIGTERM);
        signals_ = ::signalfd(-1, &signals, SFD_CLOEXEC);
        watch(EPOLL_CTL_ADD, signals_, EPOLLIN);
    }

    void run() {
        std::array<epoll_event, 64> events = {};
        for (;;) {
            const int count = ::epoll_wait(epoll_, events.data(), events.size(), -1);
            for (int i = 0; i < count; ++i) {
                const epoll_event& event = events[static_cast<std::size_t>(i)];
                if (event.data.fd == signals_) return;
                if (event.data.fd == listener_) {
                    accept();
                } else {
                    serve(event.data.fd, event.events);
                }
            }
            flush();
        }
    }

    SinkCounters counters() { return hub_.counters(); }

private:
    struct Client {
        Client(int socket, Hub& hub) : connection(socket, hub) {}
        Connection connection;
        bool is_watched_for_writing = false;
    };

    void listen_on(std::uint16_t port) {
        listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        const int yes = 1;
        ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
        sockaddr_in address = {};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        auto* const generic = reinterpret_cast<sockaddr*>(&address);
        if (::bind(listener_, generic, size) != 0 || ::listen(listener_, SOMAXCONN) != 0) {
            fail("listen");
        }
        ::getsockname(listener_, generic, &size);
        watch(EPOLL_CTL_ADD, listener_, EPOLLIN);
        std::printf("%u\n", static_cast<unsigned>(ntohs(address.sin_port)));
        std::fflush(stdout);
    }

    void watch(int operation, int socket, std::uint32_t events) {
        epoll_event event = {};
        event.events = events;
        event.data.fd = socket;
        if (::epoll_ctl(epoll_, operation, socket, &event) != 0) fail("epoll_ctl");
    }

    void accept() {
        const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (socket < 0) return;
        const int yes = 1;
        ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        clients_.try_emplace(socket, socket, hub_);
        watch(EPOLL_CTL_ADD, socket, EPOLLIN);
    }

    void serve(int socket, std::uint32_t events) {
        const auto found = clients_.find(socket);
        if (found == clients_.end()) return;
        Connection& connection = found->second.connection;
        if ((events & EPOLLOUT) != 0) connection.wants_flush();
        const bool has_input = (events & ~std::uint32_t{EPOLLOUT}) != 0;
        if (has_input && !connection.read(scratch_)) drop(connection);
    }

    void flush() {
        // A flush may not list another connection, so the list is stable.
        for (Connection* connection : hub_.unflushed()) {
            if (!connection->flush()) {
                lost_.push_back(connection);
                continue;
            }
            Client& client = clients_.at(connection->socket());
            if (connection->is_waiting_to_write() == client.is_watched_for_writing) continue;
            client.is_watched_for_writing = !client.is_watched_for_writing;
            watch(EPOLL_CTL_MOD, connection->socket(),
                  client.is_watched_for_writing ? EPOLLIN | EPOLLOUT : EPOLLIN);
        }
        hub_.unflushed().clear();
        for (Connection* connection : lost_) drop(*connection);
        lost_.clear();
    }

    void drop(Connection& connection) {
        hub_.forget(connection);
        std::erase(hub_.unflushed(), &connection);
        clients_.erase(connection.socket());
    }

    Hub hub_;
    int epoll_ = -1;
    int listener_ = -1;
    int signals_ = -1;
    wire::Buffer scratch_;
    std::unordered_map<int, Client> clients_;
    std::vector<Connection*> lost_;
};

int main(const Arguments& arguments) {
    SinkOptions options;
    options.port = static_cast<std::uint16_t>(arguments.number("port", 0));
    options.body_bytes = arguments.number("body-bytes", options.body_bytes);
    options.is_delivering = arguments.number("deliver", 1) != 0;
    options.heartbeat_seconds = static_cast<std::uint16_t>(arguments.number("heartbeat", 0));
    Sink sink(options);
    sink.run();
    const SinkCounters counters = sink.counters();
    std::printf(
        "{\"published\": %llu, \"forwarded\": %llu, \"delivered\": %llu, "
        "\"acknowledged\": %llu, \"cpu_seconds\": %.6f}\n",
        static_cast<unsigned long long>(counters.published),
        static_cast<unsigned long long>(counters.forwarded),
        static_cast<unsigned long long>(counters.delivered),
        static_cast<unsigned long long>(counters.acknowledged), process_cpu_seconds());
    return 0;
}

}  // namespace
}  // namespace eventail::bench

int main(int argc, char** argv) {
    try {
        return eventail::bench::main(eventail::bench::Arguments(argc - 1, argv + 1));
    } catch (const std::exception& error) {
        std::fprintf(stderr, "sink: %s\n", error.what());
        return 1;
    }
}
