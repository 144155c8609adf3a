#include "broker/shell/listener.hpp"

#include "broker/shell/client_socket.hpp"
#include "broker/shell/listening_socket.hpp"
#include "broker/shell/server_certificate.hpp"
#include <eventail/error.hpp>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <future>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <vector>

namespace eventail::broker {

namespace asio = boost::asio;
using boost::system::error_code;
using namespace std::chrono_literals;

namespace {

/// Of writing and handing out more, before other clients are looked at.
constexpr int max_rounds = 8;

std::optional<asio::ssl::context> tls_context(const ListenerOptions& options) {
    if (options.certificate_file.empty()) return std::nullopt;
    return make_tls_server(options.certificate_file, options.key_file);
}

ListeningSocket listen(asio::io_context& context, const ListenerOptions& options) {
    try {
        return {context, {asio::ip::make_address(options.address), options.port}};
    } catch (const boost::system::system_error& error) {
        throw Error(error.code(), "the broker cannot listen on " + options.address + " port " +
                                      std::to_string(options.port) + ": " + error.code().message());
    }
}

}  // namespace

struct Listener::Hub final : public ClientLoop {
    Hub(const ListenerOptions& options, PeerGround& peer_ground)
        : ground_(peer_ground),
          log_(options.log),
          tls_(tls_context(options)),
          listening_(listen(context_, options)),
          timer_(context_) {}

    std::span<std::byte> read_buffer() override { return read_buffer_; }
    PeerGround& ground() override { return ground_; }
    void log(const std::string& line) override {
        if (log_) log_(line);
    }

    TimePoint begin_event() override {
        const TimePoint now = Clock::now();
        if (event_depth_++ == 0) ground_.core.tick(now);
        return now;
    }

    void end_event() override {
        // An inner one, of a client that was lost on the way, leaves its messages to the outer.
        if (event_depth_ == 1) {
            ground_.core.dispatch();
            tell_of_alarm();
            for (int round = 0; round < max_rounds && !ready_.empty(); ++round) {
                flush_ready();
                // What was written made room, for deliveries too.
                ground_.core.dispatch();
                tell_of_alarm();
            }
            // Whoever takes all that we write must not keep the others waiting.
            if (!ready_.empty()) asio::post(context_, [this] { const EventScope event(*this); });
            arm_timer();
        }
        --event_depth_;
    }

    void client_is_ready(ClientSocket& client) override {
        ready_.push_back(client.shared_from_this());
    }
    void remove(ClientSocket& client) override { clients_.erase(&client); }

    void start() {
        accept();
        thread_ = std::thread([this] { context_.run(); });
    }

    void stop() {
        const std::scoped_lock lock(stop_mutex_);
        if (is_stopped_) return;
        is_stopped_ = true;
        if (!thread_.joinable()) return;
        asio::post(context_, [this] { shut_down(); });
        thread_.join();
    }

    bool run(const std::function<void()>& task) {
        std::promise<void> done;
        {
            const std::scoped_lock lock(stop_mutex_);
            if (is_stopped_) return false;
            asio::post(context_, [&] { run_here(task, done); });
        }
        done.get_future().get();
        return true;
    }

    PeerGround& ground_;
    std::function<void(std::string_view)> log_;
    asio::io_context context_{1};
    std::optional<asio::ssl::context> tls_;
    ListeningSocket listening_;
    asio::steady_timer timer_;
    std::optional<TimePoint> armed_for_;
    bool is_refusing_ = false;
    bool was_alarmed_ = false;
    int event_depth_ = 0;
    std::uint64_t accepted_count_ = 0;
    std::vector<std::byte> read_buffer_ = std::vector<std::byte>(std::size_t{1} << 17);
    std::unordered_map<ClientSocket*, std::shared_ptr<ClientSocket>> clients_;
    std::vector<std::shared_ptr<ClientSocket>> ready_;
    std::vector<std::shared_ptr<ClientSocket>> flushing_;
    std::mutex stop_mutex_;
    bool is_stopped_ = false;
    std::thread thread_;

private:
    void accept() {
        listening_.async_wait([this](error_code error) {
            if (error == asio::error::operation_aborted) return;
            asio::ip::tcp::socket socket = listening_.accept(error);
            if (error && error != asio::error::would_block) {
                log("cannot accept: " + error.message());
                accept_later();
                return;
            }
            if (!error && !is_refusing_) add_client(std::move(socket));
            accept();
        });
    }

    /// Out of descriptors, most likely: some will come back.
    void accept_later() {
        const auto pause = std::make_shared<asio::steady_timer>(context_, 100ms);
        pause->async_wait([this, pause](error_code) {
            if (listening_.is_open()) accept();
        });
    }

    void add_client(asio::ip::tcp::socket socket) {
        const std::string name = "connection " + std::to_string(++accepted_count_);
        const EventScope event(*this);
        const std::shared_ptr<ClientSocket> client =
            tls_ ? make_tls_client(*this, std::move(socket), *tls_, name, event.now())
                 : make_tcp_client(*this, std::move(socket), name, event.now());
        clients_.emplace(client.get(), client);
        client->start();
        client->get_ready();
    }

    void tell_of_alarm() {
        if (ground_.core.is_alarmed() == was_alarmed_) return;
        was_alarmed_ = !was_alarmed_;
        log(was_alarmed_ ? "memory alarm" : "memory alarm cleared");
        tick_clients(Clock::now());
    }

    void tick_clients(TimePoint now) {
        for (const auto& [key, client] : clients_) {
            client->peer().tick(now);
            client->get_ready();
        }
    }

    void flush_ready() {
        flushing_.swap(ready_);
        for (const auto& client : flushing_) {
            client->clear_ready();
            client->flush();
            if (const auto deadline = client->peer().next_deadline()) wake_by(*deadline);
        }
        flushing_.clear();
    }

    void run_here(const std::function<void()>& task, std::promise<void>& done) {
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
        // Only now: the caller may rely on everything that came of it being on its way.
        if (failure) {
            done.set_exception(failure);
        } else {
            done.set_value();
        }
    }

    void shut_down() {
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
        context_.stop();
    }

    /// Only ever earlier: when it fires it finds the next deadline of all.
    void wake_by(TimePoint deadline) {
        if (armed_for_ && *armed_for_ <= deadline) return;
        armed_for_ = deadline;
        timer_.expires_at(deadline);
        timer_.async_wait([this](error_code error) {
            if (!error) on_timer();
        });
    }

    void arm_timer() {
        if (const auto deadline = ground_.core.next_deadline()) wake_by(*deadline);
    }

    void on_timer() {
        armed_for_.reset();
        const EventScope event(*this);
        // Ten thousand clients have as many deadlines; looking at all of them is cheap, but not
        // ten thousand times.
        const TimePoint next_round = event.now() + 10ms;
        for (const auto& [key, client] : clients_) {
            const auto deadline = client->peer().next_deadline();
            if (!deadline) continue;
            if (*deadline <= event.now()) {
                client->peer().tick(event.now());
                client->get_ready();
            } else {
                wake_by(std::max(*deadline, next_round));
            }
        }
    }
};

Listener::Listener(const ListenerOptions& options, PeerGround& ground)
    : hub_(std::make_unique<Hub>(options, ground)) {}

Listener::~Listener() {
    try {
        stop();
    } catch (...) {
        // A thread that cannot be joined: a destructor has nobody to tell.
    }
}

std::uint16_t Listener::port() const { return hub_->listening_.port(); }
void Listener::start() { hub_->start(); }
void Listener::stop() { hub_->stop(); }
bool Listener::run(const std::function<void()>& task) { return hub_->run(task); }
void Listener::set_refusing(bool is_refusing) { hub_->is_refusing_ = is_refusing; }

void Listener::for_each_peer(const std::function<void(Peer&)>& visit) {
    for (const auto& [key, client] : hub_->clients_) visit(client->peer());
}

}  // namespace eventail::broker
