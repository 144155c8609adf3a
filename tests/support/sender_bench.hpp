// A sender with its intake, and its broker, which the test plays with verbs. Bytes go back and
// forth until neither side has more to say; time moves only on request.
#pragma once

#include "bus/envelope.hpp"
#include "bus/sender.hpp"
#include "support/broker_end.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace eventail::test {

using namespace std::chrono_literals;

class SenderBench : public testing::Test {
protected:
    static constexpr bus::LinkId link = bus::LinkId::publishing;
    static constexpr Duration confirm_timeout = 30s;

    /// Call it first.
    void uses(std::size_t urls, unsigned connection_max_retries = 0,
              Duration blocked_timeout = 1h) {
        bus::SenderOptions options;
        options.publisher.message_id_prefix = "id";
        options.publisher.blocked_timeout = blocked_timeout;
        options.connection_max_retries = connection_max_retries;
        options.confirm_timeout = confirm_timeout;
        for (std::size_t i = 0; i < urls; ++i) {
            options.url_names.push_back("amqp://broker-" + std::to_string(i));
        }
        sender.emplace(options);
    }

    // ---- Callers

    bus::Sequence publishes(std::optional<unsigned> max_retries = std::nullopt) {
        if (!sender) uses(1);
        const bus::Sequence sequence = intake.next_sequence();
        const std::string id = "id-" + std::to_string(sequence);
        wire::Buffer frames;
        bus::encode_message(frames, bus::Publisher::confirm_channel,
                            {.name = "Ticked", .conversation_id = "c", .message_id = id},
                            wire::as_bytes("\xf6"), wire::default_frame_bytes);
        intake.append(frames.view(), {.key = sequence, .retry = bus::Retry::by_owner});
        absorbs({{.sequence = sequence, .max_retries = max_retries}});
        return sequence;
    }
    void logs(std::string_view text) {
        if (!sender) uses(1);
        wire::Buffer frames;
        bus::encode_message(frames, bus::Publisher::log_channel,
                            {.kind = bus::Kind::log, .name = "pong.INFO"}, wire::as_bytes(text),
                            wire::min_frame_bytes);
        intake.append_log(frames.view());
        absorbs({});
    }
    std::vector<bus::Verdict> takes_verdicts() { return std::exchange(sender->verdicts(), {}); }
    /// Expects exactly one verdict.
    bus::Verdict takes_verdict() {
        const std::vector<bus::Verdict> verdicts = takes_verdicts();
        EXPECT_EQ(verdicts.size(), 1u);
        return verdicts.empty() ? bus::Verdict{} : verdicts.front();
    }

    // ---- The connection

    /// It wants to connect, and is accepted. @return its chosen url; nothing if it did not want to
    std::optional<std::size_t> accepts_connection() {
        const auto url = sender->wants_connect(link, now);
        if (!url) return url;
        is_connected = true;
        broker.open(131072, channel_max);
        sender->link_up(link, {}, now);
        settles();
        return url;
    }
    /// It wants to connect, and nobody answers. @return its chosen url
    std::optional<std::size_t> refuses_connection() {
        const auto url = sender->wants_connect(link, now);
        if (url) sender->link_down(link, {.what = "connection refused", .is_refused = true}, now);
        settles();
        return url;
    }
    /// It wants to connect, and the broker refuses the login. @return its chosen url
    std::optional<std::size_t> refuses_login() {
        const auto url = sender->wants_connect(link, now);
        if (!url) return url;
        is_connected = true;
        broker.instead = [this](std::uint16_t, const wire::Method& method) {
            if (!std::holds_alternative<wire::ConnectionStartOk>(method)) return false;
            broker.send(0, wire::ConnectionClose{.reply_code = 403, .reply_text = "who?"});
            return true;
        };
        broker.open(131072, channel_max);
        sender->link_up(link, {}, now);
        settles();
        broker.instead = {};
        return url;
    }
    void loses_connection() {
        is_connected = false;
        sender->link_down(link, {.what = "connection reset"}, now);
        settles();
    }

    // ---- The broker

    void acks(std::uint64_t tag) {
        sends(bus::Publisher::confirm_channel, wire::BasicAck{.delivery_tag = tag});
    }
    void nacks(std::uint64_t tag) {
        sends(bus::Publisher::confirm_channel, wire::BasicNack{.delivery_tag = tag});
    }
    void blocks() { sends(0, wire::ConnectionBlocked{.reason = "low on memory"}); }
    void unblocks() { sends(0, wire::ConnectionUnblocked{}); }
    void closes_channel(std::uint16_t code, std::string_view text) {
        sends(bus::Publisher::confirm_channel,
              wire::ChannelClose{.reply_code = code, .reply_text = text});
    }
    template <typename M>
    void sends(std::uint16_t channel, const M& method) {
        broker.send(channel, method);
        settles();
    }

    /// The ids of the messages since the last call; "log" for a log.
    std::vector<std::string> takes_published() {
        std::vector<std::string> ids;
        for (const Published& message : std::exchange(broker.published, {})) {
            ids.push_back(message.exchange == "logs" ? "log" : message.message_id);
        }
        return ids;
    }

    // ---- Time

    void passes(Duration duration) {
        now += duration;
        settles();
    }
    /// Ignores pending verdicts; 0: now.
    Duration time_to_next_deadline() {
        sender->verdicts().clear();
        sender->notices().clear();
        return std::max(sender->next_deadline().value_or(TimePoint::max()), now) - now;
    }

    void settles() {
        sender->tick(now);
        // A failed try may begin again at once.
        sender->tick(now);
        while (exchanges()) {
        }
    }

    bus::Intake intake{{}};
    std::optional<bus::Sender> sender;
    BrokerEnd broker;
    std::uint16_t channel_max = 2047;  ///< the broker's offer
    bool is_connected = false;
    TimePoint now = TimePoint{} + 1h;

private:
    void absorbs(const std::vector<bus::Submission>& submissions) {
        bus::Intake::Batch batch;
        intake.take(batch);
        sender->absorb(batch, submissions, now);
        settles();
    }

    bool exchanges() {
        bool has_moved = false;
        if (sender->wants_disconnect(link)) {
            is_connected = false;
            sender->link_down(link, {.what = "closed"}, now);
            has_moved = true;
        }
        if (!is_connected) return has_moved;
        amqp::OutputQueue* const output = sender->output(link, now);
        if (output != nullptr && !output->empty()) {
            std::array<wire::Bytes, 64> views;
            const std::size_t count = output->gather(views);
            std::size_t size_bytes = 0;
            for (std::size_t i = 0; i < count; ++i) {
                broker.read(views[i]);
                size_bytes += views[i].size();
            }
            sender->written(link, size_bytes, now);
            has_moved = true;
        }
        if (!broker.to_send.empty()) {
            const wire::Buffer bytes = std::exchange(broker.to_send, {});
            sender->feed(link, bytes.view(), now);
            sender->tick(now);
            has_moved = true;
        }
        return has_moved;
    }
};

}  // namespace eventail::test
