#include "broker/shell/loop.hpp"

#include "broker/shell/client_socket.hpp"
#include "broker/shell/server_certificate.hpp"
#include <eventail/error.hpp>

#include <boost/asio/post.hpp>

#include <pthread.h>

#include <algorithm>
#include <exception>
#include <utility>

namespace eventail::broker {

namespace asio = boost::asio;
using boost::system::error_code;
using namespace std::chrono_literals;

namespace {

/// Rounds of writing and dispatching before other clients are read.
constexpr int max_rounds = 8;

std::optional<asio::ssl::context> tls_context(const ListenerOptions& options) {
    if (options.certificate_file.empty()) return std::nullopt;
    return make_tls_server(options.certificate_file, options.key_file);
}

ListeningSocket listen(asio::io_context& io, const ListenerOptions& options) {
    try {
        return {io, {asio::ip::make_address(options.address), options.port}};
    } catch (const boost::system::system_error& error) {
        throw Error(error.code(), "the broker cannot listen on " + options.address + " port " +
                                      std::to_string(options.port) + ": " + error.code().message());
    }
}

}  // namespace

Loop::Loop(const ListenerOptions& options, PeerContext& context)
    : context_(context),
      log_(options.log),
      tls_(tls_context(options)),
      listening_(listen(io_, options)),
      timer_(io_) {}

Loop::~Loop() = default;

// The function is the user's, and nobody here can help if it throws.
void Loop::log(const std::string& line) {
    try {
        if (log_) log_(line);
    } catch (...) {
        log_ = nullptr;
    }
}

void Loop::for_each_peer(const std::function<void(Peer&)>& visit) {
    for (const auto& [key, client] : clients_) visit(client->peer());
}

void Loop::client_is_ready(ClientSocket& client) { ready_.push_back(client.shared_from_this()); }

void Loop::remove(ClientSocket& client) { clients_.erase(&client); }

TimePoint Loop::begin_event() {
    const TimePoint now = Clock::now();
    if (event_depth_++ == 0) context_.core.tick(now);
    return now;
}

void Loop::end_event() noexcept {
    // An inner event, of a client lost on the way, leaves its messages to the outer one.
    if (event_depth_ == 1) {
        try {
            send_what_came_of_it();
        } catch (const std::exception& error) {
            // No single client is to blame.
            log(std::string("internal error: ") + error.what());
        }
    }
    --event_depth_;
}

void Loop::send_what_came_of_it() {
    context_.core.dispatch();
    tell_of_alarm();
    for (int round = 0; round < max_rounds && !ready_.empty(); ++round) {
        flush_ready();
        // Writing made room, for deliveries too.
        context_.core.dispatch();
        tell_of_alarm();
    }
    // Neither a fast reader nor endless work may keep the others waiting.
    if (!ready_.empty() || context_.core.has_pending_work()) {
        go_on_later();
    } else if (const auto deadline = context_.core.next_deadline()) {
        wake_by(*deadline);
    }
}

void Loop::go_on_later() {
    if (is_to_go_on_) return;
    is_to_go_on_ = true;
    asio::post(io_, [this] {
        is_to_go_on_ = false;
        const EventScope event(*this);
    });
}

void Loop::start() {
    accept();
    thread_ = std::thread([this] { serve(); });
}

// A handler that throws has ended; the others go on. Clients catch their own exceptions.
void Loop::serve() {
    ::pthread_setname_np(::pthread_self(), "eventail broker");
    while (!io_.stopped()) {
        try {
            io_.run();
        } catch (const std::exception& error) {
            log(std::string("internal error: ") + error.what());
        }
    }
}

void Loop::stop() {
    const Lock lock(stop_mutex_);
    if (is_stopped_) return;
    is_stopped_ = true;
    if (!thread_.joinable()) return;
    asio::post(io_, [this] { shut_down(); });
    thread_.join();
}

bool Loop::run(const std::function<void()>& task) {
    std::promise<void> done;
    {
        const Lock lock(stop_mutex_);
        if (is_stopped_) return false;
        asio::post(io_, [&] { run_here(task, done); });
    }
    done.get_future().get();
    return true;
}

void Loop::accept() {
    listening_.async_wait([this](error_code error) {
        if (error == asio::error::operation_aborted) return;
        asio::ip::tcp::socket socket = listening_.accept(error);
        if (error && error != asio::error::would_block) {
            log("cannot accept: " + error.message());
            accept_later();
            return;
        }
        try {
            if (!error && !is_refusing_) add_client(std::move(socket));
        } catch (const std::exception& failure) {
            log(std::string("cannot serve a client: ") + failure.what());
        }
        accept();
    });
}

// Most likely descriptors have run out: some will become free.
void Loop::accept_later() {
    const auto pause = std::make_shared<asio::steady_timer>(io_, 100ms);
    pause->async_wait([this, pause](error_code) {
        if (listening_.is_open()) accept();
    });
}

void Loop::add_client(asio::ip::tcp::socket socket) {
    const std::string name = "connection " + std::to_string(++accepted_count_);
    const EventScope event(*this);
    const std::shared_ptr<ClientSocket> client =
        tls_ ? make_tls_client(*this, std::move(socket), *tls_, name, event.now())
             : make_tcp_client(*this, std::move(socket), name, event.now());
    clients_.emplace(client.get(), client);
    client->start();
    client->get_ready();
}

void Loop::tell_of_alarm() {
    if (const std::uint64_t lost = context_.core.lost_letter_count();
        lost_letter_count_ == 0 && lost != 0) {
        log("dead letters are lost: memory use exceeds twice the limit");
        lost_letter_count_ = lost;
    }
    if (context_.core.is_alarmed() == was_alarmed_) return;
    was_alarmed_ = !was_alarmed_;
    log(was_alarmed_ ? "memory alarm" : "memory alarm cleared");
    const TimePoint now = Clock::now();
    for (const auto& [key, client] : clients_) {
        client->tick(now);
    }
}

void Loop::flush_ready() {
    flushing_.swap(ready_);
    for (const auto& client : flushing_) {
        client->clear_ready();
        client->guarded([&] { client->flush(); });
        if (const auto deadline = client->peer().next_deadline()) wake_by(*deadline);
    }
    flushing_.clear();
}

void Loop::run_here(const std::function<void()>& task, std::promise<void>& done) {
    std::exception_ptr failure;
    {
        const EventScope event(*this);
        try {
            task();
        } catch (...) {
            failure = std::current_exception();
        }
        for (const auto& [key, client] : clients_) client->get_ready();
    }
    // Answers only now, so that the caller can rely on all consequences being on their way.
    if (failure) {
        done.set_exception(failure);
    } else {
        done.set_value();
    }
}

void Loop::shut_down() {
    listening_.close();
    {
        const EventScope event(*this);
        for (const auto& [key, client] : clients_) {
            client->peer().close("broker forced connection closure with reason 'shutdown'",
                                 event.now());
            client->get_ready();
        }
    }
    {
        const EventScope event(*this);
        while (!clients_.empty()) {
            const std::shared_ptr<ClientSocket> client = clients_.begin()->second;
            client->drop("shut down");
        }
    }
    timer_.cancel();
    io_.stop();
}

// Only ever makes it earlier: when it fires, it finds the next deadline of all.
void Loop::wake_by(TimePoint deadline) {
    if (armed_for_ && *armed_for_ <= deadline) return;
    armed_for_ = deadline;
    timer_.expires_at(deadline);
    timer_.async_wait([this](error_code error) {
        if (!error) on_timer();
    });
}

void Loop::on_timer() {
    armed_for_.reset();
    const EventScope event(*this);
    // Ten thousand clients have as many deadlines. Checking all of them is cheap, but not ten
    // thousand times.
    const TimePoint next_round = event.now() + 10ms;
    for (const auto& [key, client] : clients_) {
        const auto deadline = client->peer().next_deadline();
        if (!deadline) continue;
        if (*deadline <= event.now()) {
            client->tick(event.now());
        } else {
            wake_by(std::max(*deadline, next_round));
        }
    }
}

}  // namespace eventail::broker
