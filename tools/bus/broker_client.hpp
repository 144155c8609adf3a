// A connection of a tool to a broker, below the public library: on the library's own link and
// session, with one channel. Every verb waits for the broker's answer.
#pragma once

#include "amqp/session.hpp"
#include "base/time.hpp"
#include "net/link.hpp"
#include "tools/bus/bus_message.hpp"
#include <eventail/error.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace eventail::tools {

/// The wake-up descriptor has become readable: the caller wants to stop.
class Woken : public std::runtime_error {
public:
    Woken() : std::runtime_error("woken") {}
};

struct QueueState {
    std::string name = {};
    std::uint32_t ready = 0;
    std::uint32_t consumers = 0;
};

/// One thread. What fails throws an Error that names the url, and what failed: afterwards the
/// connection is of no use.
class BrokerClient final : private amqp::SessionEvents {
public:
    struct Options {
        std::string url = {};
        std::string connection_name = {};  ///< operators see it
        int wake_up = -1;                  ///< a descriptor; when it can be read, verbs throw Woken
    };

    /// Connects and opens a channel. @throws Error, Woken
    explicit BrokerClient(const Options& options);
    /// Closes the connection cleanly, if it still stands, waiting at most two seconds.
    ~BrokerClient();
    BrokerClient(const BrokerClient&) = delete;
    BrokerClient& operator=(const BrokerClient&) = delete;

    const std::string& url_name() const { return url_name_; }

    /// A queue that only this connection has. @return its name
    std::string declare_exclusive_queue();
    void bind(std::string_view queue, std::string_view exchange, std::string_view key);
    /// Looks, and declares nothing. @throws Error not_found
    QueueState look_at_queue(std::string_view queue);

    /// From now on calls `take` for each message; nothing is acknowledged, or has to be.
    void consume(std::string_view queue, std::function<void(BusMessage)> take);
    /// Takes messages until then. @throws Error when the connection is lost, Woken
    void serve(TimePoint until);

    /// The next message, which stays with us until the connection ends. None: the queue is empty.
    std::optional<BusMessage> get(std::string_view queue);
    /// Gives back all that get() took, to its places, as far as the broker can.
    void give_back_all();

private:
    void on_open() override {}
    void on_reply(std::uint16_t channel, const wire::Method& reply) override;
    void on_delivery(const amqp::Delivery& delivery) override;
    void on_returned(const amqp::Returned&) override {}
    void on_confirm(std::uint16_t, std::uint64_t, bool, bool) override {}
    void on_consumer_cancelled(std::uint16_t, std::string_view) override;
    void on_channel_closed(std::uint16_t channel, wire::ReplyCode code,
                           std::string_view text) override;
    void on_blocked(bool, std::string_view) override {}
    void on_end(const amqp::SessionEnd& end) override;

    template <typename Request>
    void call(const Request& request);
    template <typename Condition>
    void wait_for(Condition condition);
    void step(TimePoint until, bool is_to_wake = true);
    void flush_output(TimePoint now);
    void fail(Errc code, const std::string& why);

    int wake_up_;
    std::string url_name_;
    net::Link link_;
    std::optional<amqp::Session> session_;
    std::uint64_t replies_ = 0;
    std::uint64_t expected_replies_ = 0;
    QueueState queue_state_;
    std::optional<Error> failure_;
    std::optional<BusMessage> got_;
    std::uint64_t last_tag_ = 0;
    std::function<void(BusMessage)> take_;
};

}  // namespace eventail::tools
