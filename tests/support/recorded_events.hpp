// Records a session's events, each as one short line, so that a test can state what it expects. A
// test may also act from inside an event.
#pragma once

#include "amqp/session_events.hpp"
#include "wire/to_text.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace eventail::test {

class RecordedEvents final : public amqp::SessionEvents {
public:
    /// The events since the last call, in order.
    std::vector<std::string> take() { return std::exchange(lines_, {}); }

    const std::optional<amqp::SessionEnd>& end() const { return end_; }

    /// Called at the end of every event with its line.
    std::function<void(std::string_view)> react = {};
    /// Called with every delivery, for details that a line does not show.
    std::function<void(const amqp::Delivery&)> inspect = {};

    void on_open() override { note("open"); }
    void on_reply(std::uint16_t channel, const wire::Method& reply) override {
        note(at(channel) + wire::to_text(reply));
    }
    void on_delivery(const amqp::Delivery& delivery) override {
        if (inspect) inspect(delivery);
        note(at(delivery.channel) + "delivery " + std::to_string(delivery.delivery_tag) + " " +
             std::string(delivery.routing_key) + (delivery.redelivered ? " redelivered" : "") +
             (delivery.oversized ? " oversized" : "") + " '" +
             std::string(wire::as_text(delivery.body)) + "'");
    }
    void on_returned(const amqp::Returned& returned) override {
        note(at(returned.channel) + "returned " + std::to_string(returned.reply_code) + " " +
             std::string(returned.routing_key) + " '" + std::string(wire::as_text(returned.body)) +
             "'");
    }
    void on_confirm(std::uint16_t channel, std::uint64_t tag, bool multiple, bool is_ack) override {
        note(at(channel) + (is_ack ? "ack " : "nack ") + std::to_string(tag) +
             (multiple ? " multiple" : ""));
    }
    void on_consumer_cancelled(std::uint16_t channel, std::string_view consumer_tag) override {
        note(at(channel) + "cancelled " + std::string(consumer_tag));
    }
    void on_channel_closed(std::uint16_t channel, wire::ReplyCode code,
                           std::string_view text) override {
        note(at(channel) + "closed " + wire::name(code) + " " + std::string(text));
    }
    void on_blocked(bool is_blocked, std::string_view reason) override {
        note(is_blocked ? "blocked " + std::string(reason) : "unblocked");
    }
    void on_end(const amqp::SessionEnd& end) override {
        end_ = end;
        note("end");
    }

private:
    static std::string at(std::uint16_t channel) { return std::to_string(channel) + ": "; }
    void note(std::string line) {
        lines_.push_back(std::move(line));
        if (react) react(std::string(lines_.back()));
    }

    std::vector<std::string> lines_;
    std::optional<amqp::SessionEnd> end_;
};

}  // namespace eventail::test
