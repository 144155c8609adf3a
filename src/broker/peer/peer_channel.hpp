// One channel of a client: assembles published messages, turns methods into operations of the core
// and their results into replies. Throws errors of the channel or the whole connection. (AMQP
// 0-9-1, section 4.2.6)
#pragma once

#include "broker/core/channel.hpp"
#include "broker/core/connection.hpp"
#include "broker/peer/faults.hpp"
#include "broker/peer/peer_confirms.hpp"
#include "broker/peer/peer_context.hpp"
#include "broker/peer/peer_output.hpp"
#include "wire/frame.hpp"
#include "wire/methods.hpp"

#include <cstdint>
#include <optional>

namespace eventail::broker {

/// A client sent an unknown method. RabbitMQ drops the connection without a close then.
struct UnknownMethod {};

/// Throws UnknownMethod, or wire::ProtocolError: 501 if its arguments are unreadable.
template <typename M>
M read_method(wire::Bytes payload) {
    try {
        return wire::decode_as<M>(payload);
    } catch (const wire::ProtocolError& error) {
        throw wire::ProtocolError(wire::ReplyCode::frame_error, error.what(), M::id);
    }
}

class PeerChannel {
public:
    /// Opens it in the core.
    PeerChannel(Connection& connection, std::uint16_t number, PeerContext& context,
                PeerOutput& output, const FaultScript& faults);
    PeerChannel(const PeerChannel&) = delete;
    PeerChannel& operator=(const PeerChannel&) = delete;
    ~PeerChannel();

    /// Throws wire::ProtocolError with the method at fault, or UnknownMethod.
    void handle(const wire::Frame& frame, TimePoint now);
    /// Closes it from our side. Other methods are ignored until the client answers.
    void close(wire::ReplyCode code, std::string_view text, wire::MethodId culprit, TimePoint now);
    /// The time by which the client must settle its oldest delivery.
    std::optional<TimePoint> settling_deadline() const;
    /// We have closed it; the client has not answered yet.
    bool is_closing() const { return channel_ == nullptr; }
    /// Its number is free again.
    bool is_closed() const { return is_closed_; }

    /// It has to go_on() before it can take another frame.
    bool is_busy() const { return channel_ != nullptr && channel_->is_busy(); }
    /// Does the next part of a longer operation. Throws as handle() does.
    void go_on();

    PeerConfirms& confirms() { return confirms_; }
    const PeerConfirms& confirms() const { return confirms_; }
    std::uint16_t number() const { return number_; }
    bool is_amid_content() const { return expected_ != Expected::method; }

private:
    enum class Expected { method, content_header, content_body };

    void handle_method(wire::Bytes payload, TimePoint now);
    void handle_method_while_closing(wire::Bytes payload);
    void handle_channel_class(wire::MethodId id, wire::Bytes payload, TimePoint now);
    void handle_exchange_class(wire::MethodId id, wire::Bytes payload);
    void handle_queue_class(wire::MethodId id, wire::Bytes payload);
    void handle_basic_class(wire::MethodId id, wire::Bytes payload);
    void handle_confirm_class(wire::MethodId id, wire::Bytes payload);
    void handle_tx_class(wire::MethodId id, wire::Bytes payload);
    void tell(const Progress& progress);
    void send_return(const MessagePtr& message);
    void get(const wire::BasicGet& method);
    [[noreturn]] static void refuse_unimplemented(wire::Bytes payload);

    void begin_content(wire::Bytes payload);
    void handle_content_header(const wire::Frame& frame, TimePoint now);
    void handle_content_body(const wire::Frame& frame, TimePoint now);
    void end_content(TimePoint now);
    void publish(wire::Buffer body, TimePoint now);

    template <typename M>
    void reply(const M& method) {
        output_.send(number_, method);
    }

    Connection& connection_;
    PeerContext& context_;
    PeerOutput& output_;
    const FaultScript& faults_;
    Channel* channel_;  // null: we have closed it, and wait for close-ok
    std::uint16_t number_;
    bool is_closed_ = false;
    Expected expected_ = Expected::method;

    wire::Buffer method_;  // the basic.publish of the current content
    wire::Buffer properties_;
    wire::Buffer body_;
    std::uint64_t body_size_ = 0;
    std::uint64_t received_bytes_ = 0;
    PeerConfirms confirms_;
};

}  // namespace eventail::broker
