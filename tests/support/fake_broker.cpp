#include "support/fake_broker.hpp"

#include "bus/envelope.hpp"
#include "wire/properties.hpp"
#include "wire/table.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <utility>

namespace eventail::test {
namespace {

constexpr std::uint16_t channel = 1;

bus::WorkerOptions options_of(const ServiceSetup& setup) {
    bus::WorkerOptions options;
    options.consumer.topology = bus::plan_topology({.logical_service = "pong",
                                                    .event_keys = setup.event_keys,
                                                    .command_keys = setup.command_keys,
                                                    .config_keys = setup.config_keys});
    options.consumer.prefetch_count = setup.prefetch_count;
    options.publisher.message_id_prefix = "test";
    options.publisher.blocked_timeout = setup.blocked_timeout;
    for (std::size_t i = 0; i < setup.urls; ++i) {
        options.url_names.push_back("amqp://broker-" + std::to_string(i));
    }
    return options;
}

}  // namespace

FakeBroker::FakeBroker(const ServiceSetup& setup)
    : worker(options_of(setup)), frame_max_(setup.frame_max), channel_max_(setup.channel_max) {}

void FakeBroker::begins_run(bus::WhenLost when_lost) {
    worker.begin_run(now, when_lost);
    settles();
}

std::optional<std::size_t> FakeBroker::accepts_connection(LinkId link) {
    std::optional<std::size_t> url;
    if (!std::exchange(connecting_[index(link)], false)) {
        url = worker.wants_connect(link, now);
        if (!url) return url;
    }
    connected_[index(link)] = true;
    end_of(link).open(frame_max_, channel_max_);
    worker.link_up(link, {}, now);
    settles();
    return url;
}

std::optional<std::size_t> FakeBroker::refuses_connection(LinkId link) {
    return fails_connection(link, {.what = "connection refused", .is_refused = true});
}

std::optional<std::size_t> FakeBroker::fails_connection(LinkId link, const bus::LinkLoss& loss) {
    const auto url = worker.wants_connect(link, now);
    if (url) worker.link_down(link, loss, now);
    settles();
    return url;
}

bool FakeBroker::lets_connect(LinkId link) {
    connecting_[index(link)] = worker.wants_connect(link, now).has_value();
    return connecting_[index(link)];
}

Duration FakeBroker::accepts_next_connection(LinkId link) {
    const TimePoint before = now;
    while (!accepts_connection(link)) {
        if (now - before > 1h) throw std::logic_error("the worker does not connect any more");
        passes(10ms);
    }
    return now - before;
}

void FakeBroker::is_consuming(bus::WhenLost when_lost) {
    begins_run(when_lost);
    accepts_connection(LinkId::publishing);
    accepts_connection(LinkId::consuming);
    ASSERT_TRUE(worker.is_consuming());
    runs_job();
}

void FakeBroker::loses(LinkId link) { disconnects(link, "connection reset"); }

void FakeBroker::closes_connection(LinkId link, wire::ReplyCode code, std::string_view text) {
    sends(
        link, 0,
        wire::ConnectionClose{.reply_code = static_cast<std::uint16_t>(code), .reply_text = text});
}

std::uint64_t FakeBroker::delivers(const Sending& sending) {
    const std::uint64_t tag = consuming.next_delivery_tag++;
    delivers_with_tag(sending, tag);
    return tag;
}

void FakeBroker::delivers_with_tag(const Sending& sending, std::uint64_t tag) {
    consuming.send(channel, wire::BasicDeliver{.consumer_tag = consumer_tag_of(sending.source),
                                               .delivery_tag = tag,
                                               .redelivered = sending.is_redelivered,
                                               .exchange = exchange_of(sending.source),
                                               .routing_key = sending.name});
    wire::Table headers;
    if (sending.has_conversation) headers.set("conversation_id", std::string_view("c1"));
    const std::string filler(sending.filler_bytes, 'x');
    if (!filler.empty()) headers.set("filler", std::string_view(filler));
    wire::Properties properties{.content_type = "application/cbor",
                                .headers = headers.view(),
                                .delivery_mode = std::uint8_t{2}};
    if (!sending.reply_to.empty()) properties.reply_to = sending.reply_to;
    wire::encode_content_header(consuming.to_send, channel,
                                {.body_size = sending.body.size(), .properties = properties});
    wire::encode_body(consuming.to_send, channel, wire::as_bytes(sending.body), frame_max_);
    settles();
}

void FakeBroker::cancels_consumer(Source source) {
    sends(LinkId::consuming, channel,
          wire::BasicCancel{.consumer_tag = consumer_tag_of(source), .nowait = true});
}

void FakeBroker::confirms(std::uint64_t tag, bool multiple) {
    sends(LinkId::publishing, channel, wire::BasicAck{.delivery_tag = tag, .multiple = multiple});
}

void FakeBroker::nacks(std::uint64_t tag) {
    sends(LinkId::publishing, channel, wire::BasicNack{.delivery_tag = tag});
}

void FakeBroker::returns(const Published& message) {
    publishing.send(channel, wire::BasicReturn{.reply_code = 312,
                                               .reply_text = "NO_ROUTE",
                                               .exchange = message.exchange,
                                               .routing_key = message.name});
    wire::encode_content_header(
        publishing.to_send, channel,
        {.body_size = message.body.size(),
         .properties = {.content_type = "application/cbor", .message_id = message.message_id}});
    wire::encode_body(publishing.to_send, channel, wire::as_bytes(message.body), frame_max_);
    settles();
}

void FakeBroker::blocks() {
    sends(LinkId::publishing, 0, wire::ConnectionBlocked{.reason = "low on memory"});
}

void FakeBroker::unblocks() { sends(LinkId::publishing, 0, wire::ConnectionUnblocked{}); }

void FakeBroker::closes_channel(LinkId link, std::uint16_t number, wire::ReplyCode code,
                                std::string_view text) {
    sends(link, number,
          wire::ChannelClose{.reply_code = static_cast<std::uint16_t>(code), .reply_text = text});
}

void FakeBroker::settles() {
    for (int rounds = 0; rounds < 1000; ++rounds) {
        absorbs();
        worker.tick(now);
        bool has_more = false;
        for (const LinkId link : bus::both_links) has_more |= exchanges(link);
        if (!has_more) return;
    }
    throw std::logic_error("worker and broker never came to rest");
}

void FakeBroker::absorbs() {
    intake.take(batch_);
    worker.absorb(batch_);
    for (bus::SharedSegment& segment : std::exchange(worker.released(), {})) {
        intake.release(std::move(segment));
    }
}

bool FakeBroker::exchanges(LinkId link) {
    if (worker.wants_disconnect(link)) {
        of_no_use_[index(link)] = worker.has_failed(link);
        disconnects(link, "closed");
        return true;
    }
    if (!is_connected(link)) return false;
    BrokerEnd& end = end_of(link);
    amqp::OutputQueue* const output = worker.output(link, now);
    wire::Buffer written;
    while (output != nullptr && is_reading[index(link)] && !output->empty()) {
        std::array<wire::Bytes, 8> views = {};
        const std::size_t count = output->gather(views);
        const std::size_t before = written.size();
        for (std::size_t i = 0; i < count; ++i) written.append(views[i]);
        worker.written(link, written.size() - before, now);
    }
    if (!written.empty()) end.read(written.view());
    const wire::Buffer said = std::exchange(end.to_send, {});
    if (!said.empty()) worker.feed(link, said.view(), now);
    return !written.empty() || !said.empty();
}

void FakeBroker::disconnects(LinkId link, std::string_view what) {
    connected_[index(link)] = connecting_[index(link)] = false;
    end_of(link).to_send.clear();
    worker.link_down(link, {.what = what}, now);
    settles();
}

void FakeBroker::passes(Duration duration) {
    now += duration;
    settles();
}

std::string FakeBroker::publishes(std::string_view name, bool is_mandatory, std::string_view body) {
    const std::uint64_t counter = ++counter_;
    const std::string id = "test-" + std::to_string(counter);
    wire::Buffer frames;
    bus::encode_message(frames, bus::Publisher::confirm_channel,
                        {.name = name, .is_mandatory = is_mandatory, .message_id = id},
                        wire::as_bytes(body), wire::default_frame_bytes);
    intake.append(frames.view(), {.key = counter});
    settles();
    return id;
}

const bus::Job* FakeBroker::begins_job() { return worker.next_job(intake.next_sequence(), now); }

void FakeBroker::ends_job(const bus::Job& job, const Outcome& outcome) {
    worker.job_ended(job, outcome, intake.next_sequence(), now);
    settles();
}

bus::DeliveryToken FakeBroker::runs_job(const Outcome& outcome) {
    const bus::Job* const job = begins_job();
    EXPECT_TRUE(job) << "there is no job";
    if (!job) return 0;
    const bus::DeliveryToken id = job->token;
    ends_job(*job, outcome);
    return id;
}

void FakeBroker::stops(bool reconnect) {
    worker.stop(now, reconnect);
    settles();
}

void FakeBroker::acknowledges(std::uint64_t token, bool multiple) {
    intake.settle(
        {.token = token, .multiple = multiple, .accepted_before = intake.next_sequence()});
    settles();
}

std::vector<std::string> FakeBroker::takes_published_names() {
    std::vector<std::string> names;
    for (Published& each : takes_published()) names.push_back(std::move(each.name));
    return names;
}

std::vector<std::string> FakeBroker::takes_notices() {
    std::vector<std::string> lines;
    for (const bus::Notice& each : std::exchange(worker.notices(), {})) {
        lines.push_back(std::string(name_of(each.severity)) + " " + each.text);
    }
    return lines;
}

bus::RunEnd FakeBroker::finishes() {
    EXPECT_TRUE(worker.is_finished()) << "the run has not ended";
    return worker.run_end();
}

void FakeBroker::expect_stopped(std::size_t abandoned) const {
    ASSERT_TRUE(worker.is_finished());
    EXPECT_EQ(worker.run_end().kind, bus::RunEnd::Kind::stopped);
    EXPECT_EQ(worker.run_end().abandoned, abandoned);
    EXPECT_FALSE(is_connected(LinkId::consuming));
    EXPECT_FALSE(is_connected(LinkId::publishing));
}

}  // namespace eventail::test
