#include "tools/bus/broker_client.hpp"

#include "base/printable.hpp"
#include "net/url.hpp"

#include <poll.h>

#include <algorithm>
#include <array>
#include <span>
#include <utility>
#include <variant>

namespace eventail::tools {

namespace {

using namespace std::chrono_literals;

constexpr std::uint16_t the_channel = 1;

amqp::SessionOptions session_options(const net::Url& url, const std::string& connection_name) {
    amqp::SessionOptions options;
    options.mechanism = url.auth_mechanism;
    options.user = url.user;
    options.password = url.password;
    options.virtual_host = url.virtual_host;
    options.connection_name = connection_name;
    if (url.heartbeat) options.heartbeat = *url.heartbeat;
    if (url.channel_max) options.channel_max = *url.channel_max;
    if (url.frame_max) options.frame_max = *url.frame_max;
    return options;
}

Errc code_of(wire::ReplyCode code) {
    switch (static_cast<std::uint16_t>(code)) {
        case 403: return Errc::access_refused;
        case 404: return Errc::not_found;
        case 406: return Errc::precondition_failed;
        default: return Errc::connection_failed;
    }
}

}  // namespace

BrokerClient::BrokerClient(const Options& options) : wake_up_(options.wake_up) {
    const net::Url url = net::parse_url(options.url);
    url_name_ = net::redacted(url);
    link_.open(url, Clock::now());
    wait_for([this] { return link_.state() == net::Link::State::open; });
    session_.emplace(session_options(url, options.connection_name),
                     static_cast<amqp::SessionEvents&>(*this));
    session_->start(Clock::now());
    wait_for([this] { return session_->is_open(); });
    session_->open_channel(the_channel, Clock::now());
    ++expected_replies_;
    wait_for([this] { return replies_ == expected_replies_; });
}

BrokerClient::~BrokerClient() {
    if (!session_) return;
    try {
        const TimePoint give_up = Clock::now() + 2s;
        session_->close(wire::ReplyCode::success, "goodbye", Clock::now());
        while (!session_->is_finished() && link_.state() == net::Link::State::open &&
               Clock::now() < give_up) {
            step(give_up, false);
        }
    } catch (...) {
        // The link closes all the same.
    }
}

std::string BrokerClient::declare_exclusive_queue() {
    call(wire::QueueDeclare{.exclusive = true});
    return queue_state_.name;
}

void BrokerClient::bind(std::string_view queue, std::string_view exchange, std::string_view key) {
    call(wire::QueueBind{.queue = queue, .exchange = exchange, .routing_key = key});
}

QueueState BrokerClient::look_at_queue(std::string_view queue) {
    call(wire::QueueDeclare{.queue = queue, .passive = true});
    return queue_state_;
}

void BrokerClient::consume(std::string_view queue, std::function<void(BusMessage)> take) {
    take_ = std::move(take);
    call(wire::BasicConsume{.queue = queue, .no_ack = true});
}

void BrokerClient::serve(TimePoint until) {
    while (Clock::now() < until) {
        if (failure_) throw Error(*failure_);
        step(until);
    }
    if (failure_) throw Error(*failure_);
}

std::optional<BusMessage> BrokerClient::get(std::string_view queue) {
    got_.reset();
    call(wire::BasicGet{.queue = queue});
    if (got_) last_tag_ = got_->delivery_tag;
    return std::exchange(got_, std::nullopt);
}

void BrokerClient::give_back_all() {
    if (last_tag_ == 0) return;
    session_->send(the_channel, wire::BasicNack{.delivery_tag = std::exchange(last_tag_, 0),
                                                .multiple = true,
                                                .requeue = true});
    // Nothing answers a nack; the close of the channel comes behind it.
    session_->close_channel(the_channel, Clock::now());
    ++expected_replies_;
    wait_for([this] { return replies_ == expected_replies_; });
}

template <typename Request>
void BrokerClient::call(const Request& request) {
    session_->request(the_channel, request, Clock::now());
    ++expected_replies_;
    wait_for([this] { return replies_ == expected_replies_; });
}

template <typename Condition>
void BrokerClient::wait_for(Condition condition) {
    while (!condition()) {
        if (failure_) throw Error(*failure_);
        step(Clock::now() + 1s);
    }
}

void BrokerClient::step(TimePoint until, bool is_to_wake) {
    flush_output(Clock::now());
    const bool wants_write = session_ && !session_->output().empty();
    std::array<pollfd, 2> requests = {link_.poll_request(wants_write),
                                      pollfd{is_to_wake ? wake_up_ : -1, POLLIN, 0}};
    TimePoint wake = until;
    if (const auto deadline = link_.next_deadline()) wake = std::min(wake, *deadline);
    if (session_) {
        if (const auto deadline = session_->next_deadline()) wake = std::min(wake, *deadline);
    }
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(wake - Clock::now());
    ::poll(requests.data(), requests.size(),
           static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 1000)));
    if (requests[1].revents != 0) throw Woken();

    const TimePoint now = Clock::now();
    link_.advance(requests[0].revents, now);
    if (session_) {
        for (auto bytes = link_.read(now); !bytes.empty(); bytes = link_.read(now)) {
            session_->feed(bytes, now);
        }
        session_->tick(now);
        flush_output(now);
    }
    if (link_.state() == net::Link::State::closed) {
        if (session_) session_->transport_lost(link_.failure(), now);
        fail(Errc::connection_failed, link_.failure());
    }
}

void BrokerClient::flush_output(TimePoint now) {
    if (!session_) return;
    std::array<wire::Bytes, 64> views;
    amqp::OutputQueue& output = session_->output();
    while (!output.empty()) {
        const std::size_t count = output.gather(views);
        const std::size_t written = link_.write(std::span(views).first(count), now);
        session_->written(written, now);
        if (written == 0) return;
    }
}

void BrokerClient::fail(Errc code, const std::string& why) {
    if (!failure_) failure_.emplace(code, why);
}

void BrokerClient::on_reply(std::uint16_t, const wire::Method& reply) {
    ++replies_;
    if (const auto* declared = std::get_if<wire::QueueDeclareOk>(&reply)) {
        queue_state_ = {.name = std::string(declared->queue),
                        .ready = declared->message_count,
                        .consumers = declared->consumer_count};
    }
}

void BrokerClient::on_delivery(const amqp::Delivery& delivery) {
    BusMessage message = to_message(delivery, std::chrono::system_clock::now());
    if (delivery.consumer_tag.empty()) {
        got_ = std::move(message);
        ++replies_;
    } else {
        take_(std::move(message));
    }
}

void BrokerClient::on_consumer_cancelled(std::uint16_t, std::string_view) {
    fail(Errc::connection_failed, url_name_ + ": the broker cancelled the consumer");
}

void BrokerClient::on_channel_closed(std::uint16_t, wire::ReplyCode code, std::string_view text) {
    fail(code_of(code),
         url_name_ + ": " + std::to_string(static_cast<unsigned>(code)) + " " + printable(text));
}

void BrokerClient::on_end(const amqp::SessionEnd& end) {
    using Cause = amqp::SessionEnd::Cause;
    if (end.cause == Cause::login_refused) {
        return fail(Errc::access_refused, url_name_ + ": login refused: " + end.text);
    }
    if (end.cause == Cause::virtual_host_refused) {
        return fail(Errc::access_refused, url_name_ + ": virtual host refused: " + end.text);
    }
    // What closed the link says more than the session, which only lost it.
    fail(Errc::connection_failed,
         end.cause == Cause::transport_lost ? end.text : url_name_ + ": " + end.text);
}

}  // namespace eventail::tools
