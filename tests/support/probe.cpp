#include "support/probe.hpp"

#include "bus/envelope.hpp"
#include "net/url.hpp"

#include <poll.h>

#include <algorithm>
#include <array>
#include <span>
#include <utility>
#include <variant>

namespace eventail::test {
namespace {

using namespace std::chrono_literals;

constexpr std::uint16_t channel = 1;
constexpr auto patience = 10s;

amqp::SessionOptions session_options(const net::Url& url) {
    amqp::SessionOptions options;
    options.mechanism = url.auth_mechanism;
    options.user = url.user;
    options.password = url.password;
    options.virtual_host = url.virtual_host;
    options.connection_name = "probe";
    options.heartbeat = 0s;  // nobody drives it between calls
    options.max_body_bytes = 128u << 20;
    if (url.frame_max) options.frame_max = *url.frame_max;
    return options;
}

RawMessage owned(const amqp::Delivery& delivery) {
    auto frame = std::make_shared<wire::Buffer>();
    wire::encode_content_header(*frame, channel, {.properties = delivery.properties});
    RawMessage message{.exchange = std::string(delivery.exchange),
                       .routing_key = std::string(delivery.routing_key),
                       .body = std::string(wire::as_text(delivery.body)),
                       .is_redelivered = delivery.redelivered,
                       .delivery_tag = delivery.delivery_tag,
                       .consumer_tag = std::string(delivery.consumer_tag)};
    const wire::Bytes payload =
        frame->view().subspan(wire::frame_header_bytes, frame->size() - wire::frame_overhead_bytes);
    message.properties = wire::decode_content_header(payload).properties;
    message.header_frame = std::move(frame);
    return message;
}

}  // namespace

std::optional<std::string> RawMessage::header(std::string_view name) const {
    if (!properties.headers) return std::nullopt;
    const auto field = properties.headers->find(name);
    if (!field || !field->as_text()) return std::nullopt;
    return std::string(*field->as_text());
}

Probe::Probe(const std::string& url) {
    const net::Url parsed = net::parse_url(url);
    link_.open(parsed, Clock::now());
    expect([this] { return link_.state() == net::Link::State::open; }, "no connection");
    session_.emplace(session_options(parsed), static_cast<amqp::SessionEvents&>(*this));
    session_->start(Clock::now());
    expect([this] { return session_->is_open(); }, "no handshake");
    open_channel();
    for (const std::string_view exchange : bus::all_exchanges) declare_exchange(exchange);
}

Probe::~Probe() {
    session_->close(wire::ReplyCode::success, "goodbye", Clock::now());
    try {
        wait_for([this] { return session_->is_finished(); }, 2s);
    } catch (...) {
        // The link closes anyway.
    }
}

void Probe::open_channel() {
    const TimePoint now = Clock::now();
    session_->open_channel(channel, now);
    session_->request(channel, wire::ConfirmSelect{}, now);
    replies_ = 0;
    expected_replies_ = 2;
}

std::string Probe::declare_queue(std::string_view name, const QueueOptions& options) {
    call(wire::QueueDeclare{.queue = name,
                            .durable = options.is_durable,
                            .exclusive = options.is_exclusive,
                            .arguments = options.arguments});
    return declared_name_;
}

void Probe::declare_exchange(std::string_view name, std::string_view type) {
    call(wire::ExchangeDeclare{.exchange = name, .type = type, .durable = true});
}

void Probe::bind(std::string_view queue, std::string_view exchange, std::string_view routing_key) {
    call(wire::QueueBind{.queue = queue, .exchange = exchange, .routing_key = routing_key});
}

void Probe::delete_queue(std::string_view name) { call(wire::QueueDelete{.queue = name}); }

void Probe::purge_queue(std::string_view name) { call(wire::QueuePurge{.queue = name}); }

std::uint32_t Probe::message_count(std::string_view queue) {
    call(wire::QueueDeclare{.queue = queue, .passive = true});
    return message_count_;
}

bool Probe::publish(std::string_view exchange, std::string_view routing_key,
                    const wire::Properties& properties, std::string_view body, bool mandatory) {
    auto frames = std::make_shared<wire::Buffer>();
    wire::encode_method(
        *frames, channel,
        wire::BasicPublish{
            .exchange = exchange, .routing_key = routing_key, .mandatory = mandatory});
    wire::encode_content_header(*frames, channel,
                                {.body_size = body.size(), .properties = properties});
    wire::encode_body(*frames, channel, wire::as_bytes(body), session_->frame_max());
    confirm_.reset();
    has_return_ = false;
    expect([this] { return replies_ == expected_replies_; }, "no channel");
    session_->publish(frames, frames->view());
    expect([this] { return confirm_.has_value(); }, "no confirm");
    return *confirm_ && !has_return_;
}

std::optional<RawMessage> Probe::get(std::string_view queue) {
    got_.reset();
    call(wire::BasicGet{.queue = queue});
    if (!got_) return std::nullopt;
    ack(got_->delivery_tag);
    return std::exchange(got_, std::nullopt);
}

RawMessage Probe::take(std::string_view queue, std::chrono::milliseconds timeout) {
    const auto give_up = Clock::now() + timeout;
    while (Clock::now() < give_up) {
        if (auto message = get(queue)) return *std::move(message);
        ::poll(nullptr, 0, 10);
    }
    throw std::runtime_error("no message came into the queue " + std::string(queue));
}

void Probe::consume(std::string_view queue, bool with_acks, std::uint16_t prefetch) {
    call(wire::BasicQos{.prefetch_count = prefetch});
    call(wire::BasicConsume{.queue = queue, .no_ack = !with_acks});
}

std::optional<RawMessage> Probe::next(std::chrono::milliseconds timeout) {
    wait_for([this] { return !received_.empty(); }, timeout);
    if (received_.empty()) return std::nullopt;
    RawMessage message = std::move(received_.front());
    received_.pop_front();
    return message;
}

void Probe::ack(std::uint64_t delivery_tag, bool multiple) {
    session_->send(channel, wire::BasicAck{.delivery_tag = delivery_tag, .multiple = multiple});
    flush_output(Clock::now());
}

void Probe::nack(std::uint64_t delivery_tag, bool requeue) {
    session_->send(channel, wire::BasicNack{.delivery_tag = delivery_tag, .requeue = requeue});
    flush_output(Clock::now());
}

template <typename Request>
void Probe::call(const Request& request) {
    session_->request(channel, request, Clock::now());
    ++expected_replies_;
    expect([this] { return replies_ == expected_replies_; }, Request::name);
}

template <typename Condition>
bool Probe::wait_for(Condition condition, std::chrono::milliseconds timeout) {
    const auto give_up = Clock::now() + timeout;
    while (!condition()) {
        if (failure_ || Clock::now() >= give_up) return false;
        step(give_up);
    }
    return true;
}

template <typename Condition>
void Probe::expect(Condition condition, std::string_view what) {
    if (wait_for(condition, patience)) return;
    if (failure_) {
        const Refused failure = *failure_;
        // A new channel has replaced a closed one; a lost connection stays lost.
        if (session_ && session_->is_open()) failure_.reset();
        throw failure;
    }
    throw std::runtime_error("the broker does not answer: " + std::string(what));
}

void Probe::step(TimePoint until) {
    const bool has_session = session_.has_value();
    flush_output(Clock::now());
    pollfd request = link_.poll_request(has_session && !session_->output().empty());
    TimePoint wake = until;
    if (const auto deadline = link_.next_deadline()) wake = std::min(wake, *deadline);
    if (has_session) {
        if (const auto deadline = session_->next_deadline()) wake = std::min(wake, *deadline);
    }
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(wake - Clock::now());
    ::poll(&request, 1, static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 1000)));

    const TimePoint now = Clock::now();
    link_.advance(request.revents, now);
    if (has_session) {
        for (auto bytes = link_.read(now); !bytes.empty(); bytes = link_.read(now)) {
            session_->feed(bytes, now);
        }
        session_->tick(now);
        flush_output(now);
    }
    if (link_.state() == net::Link::State::closed && !failure_) {
        failure_.emplace(std::uint16_t{0}, link_.failure());
        if (has_session) session_->transport_lost(link_.failure(), now);
    }
}

void Probe::flush_output(TimePoint now) {
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

void Probe::on_reply(std::uint16_t, const wire::Method& reply) {
    ++replies_;
    if (const auto* declared = std::get_if<wire::QueueDeclareOk>(&reply)) {
        declared_name_ = declared->queue;
        message_count_ = declared->message_count;
    }
}

void Probe::on_delivery(const amqp::Delivery& delivery) {
    if (delivery.consumer_tag.empty()) {
        got_ = owned(delivery);
        ++replies_;
    } else {
        received_.push_back(owned(delivery));
    }
}

void Probe::on_channel_closed(std::uint16_t, wire::ReplyCode code, std::string_view text) {
    failure_.emplace(static_cast<std::uint16_t>(code), std::string(text));
    open_channel();
}

void Probe::on_end(const amqp::SessionEnd& end) {
    if (!failure_) failure_.emplace(static_cast<std::uint16_t>(end.code), end.text);
}

}  // namespace eventail::test
