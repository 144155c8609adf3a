// A service of the chaos run: service ROLE NAME JOURNAL URL. Orders go from the source to the relay
// as events, from the relay to the store as commands, and the store's results back to the relay.
// Each step that has happened is a line of the journal, written at once, which survives a kill -9.
//   SIGUSR1: the next handler takes five seconds; of the source: 2,000 orders at once.
//   SIGUSR2: the next handler fails, once.
#include <eventail/described.hpp>
#include <eventail/service.hpp>
#include <eventail/supervisor.hpp>

#include <boost/describe.hpp>

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>

namespace {

using namespace std::chrono_literals;

std::atomic<bool> is_to_block = false;
std::atomic<bool> is_to_fail = false;

struct Order {
    std::int64_t number = 0;
};
BOOST_DESCRIBE_STRUCT(Order, (), (number))

class Journal {
public:
    explicit Journal(const char* path)
        : file_(::open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)) {
        if (file_ < 0) throw std::runtime_error(std::string("cannot open ") + path);
    }
    /// One write for a line: a kill leaves it whole or out.
    void note(const char* step, std::int64_t number) const {
        timespec now{};
        ::clock_gettime(CLOCK_MONOTONIC, &now);
        char line[80];
        const int size = std::snprintf(line, sizeof line, "%s %lld %lld.%09ld\n", step,
                                       static_cast<long long>(number),
                                       static_cast<long long>(now.tv_sec), now.tv_nsec);
        if (::write(file_, line, static_cast<std::size_t>(size)) != size) std::_Exit(99);
    }

private:
    int file_;
};

/// What happens to handlers by chance or by signal.
void misbehave(const eventail::Message& message) {
    if (is_to_block.exchange(false)) std::this_thread::sleep_for(5s);
    // A second failure would be a dead letter.
    if (!message.metadata.is_redelivered && is_to_fail.exchange(false)) {
        throw std::runtime_error("the handler was told to fail");
    }
}

/// Its queues are there once it has been ready for the first time.
class Member : public eventail::Service {
public:
    Member(eventail::ServiceOptions options, const Journal& journal)
        : Service(std::move(options)), journal_(journal) {}

protected:
    const Journal& journal() const { return journal_; }

private:
    void on_ready() override { journal_.note("ready", 0); }

    const Journal& journal_;
};

class Source : public Member {
public:
    Source(eventail::ServiceOptions options, const Journal& journal)
        : Member(std::move(options), journal) {
        call_later(0s, [this] { publish_orders(); });
    }

private:
    void publish_orders() {
        call_later(20ms, [this] { publish_orders(); });
        const int count = is_to_block.exchange(false) ? 2000 : 4;
        for (int i = 0; i < count; ++i) {
            try {
                publish_event("chaos.Ordered", Order{.number = next_});
            } catch (const eventail::Error& error) {
                if (error.code() != eventail::Errc::back_pressure) throw;
                return;
            }
            journal().note("accepted", next_++);
        }
    }

    std::int64_t next_ = 1;
};

class Relay : public Member {
public:
    Relay(eventail::ServiceOptions options, const Journal& journal)
        : Member(std::move(options), journal) {
        on_event("chaos.Ordered", [this, &journal](const eventail::Event& event) {
            misbehave(event);
            const auto order = event.payload.get<Order>();
            send_command("chaosstore.Keep", order, "chaosrelay.Kept",
                         {.correlation_id = std::to_string(order.number)});
            journal.note("relayed", order.number);
        });
        on_result("chaosrelay.Kept", [&journal](const eventail::Result& result) {
            journal.note("answered", std::stoll(result.correlation_id));
        });
    }
};

class Store : public Member {
public:
    Store(eventail::ServiceOptions options, const Journal& journal)
        : Member(std::move(options), journal) {
        on_command("chaosstore.Keep", [this, &journal](const eventail::Command& command) {
            misbehave(command);
            journal.note("kept", command.payload.get<Order>().number);
            return_success(command, {});
        });
    }
};

template <class Role>
int run(eventail::ServiceOptions options, const Journal& journal) {
    return eventail::ReconnectingSupervisor<Role>(std::move(options), journal).run();
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 5) return 2;
    ::signal(SIGUSR1, [](int) { is_to_block = true; });
    ::signal(SIGUSR2, [](int) { is_to_fail = true; });
    try {
        const std::string_view role = argv[1];
        const std::string name = argv[2];
        const Journal journal(argv[3]);
        eventail::ServiceOptions options;
        options.amqp_urls.assign(argv + 4, argv + argc);
        options.logical_service = "chaos" + std::string(role);
        options.heartbeat = 2s;
        options.prefetch_count = 20;
        // Of each two instances one has handler threads.
        if (name.ends_with('2')) options.handler_threads = 3;
        if (role == "source") return run<Source>(std::move(options), journal);
        if (role == "relay") return run<Relay>(std::move(options), journal);
        if (role == "store") return run<Store>(std::move(options), journal);
    } catch (const std::exception& error) {
        std::cerr << "chaos: " << error.what() << std::endl;
        return 1;
    }
    return 2;
}
