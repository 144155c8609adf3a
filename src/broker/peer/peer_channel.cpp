#include "broker/peer/peer_channel.hpp"

#include "base/assert.hpp"
#include "broker/core/refusal.hpp"

namespace eventail::broker {

namespace {

constexpr std::uint16_t channel_class = wire::ChannelOpen::id.class_id;
constexpr std::uint16_t exchange_class = wire::ExchangeDeclare::id.class_id;
constexpr std::uint16_t queue_class = wire::QueueDeclare::id.class_id;
constexpr std::uint16_t basic_class = wire::BasicPublish::id.class_id;
constexpr std::uint16_t confirm_class = wire::ConfirmSelect::id.class_id;
constexpr std::uint16_t tx_class = wire::TxSelect::id.class_id;

}  // namespace

PeerChannel::PeerChannel(Connection& connection, std::uint16_t number, PeerContext& context,
                         PeerOutput& output, const FaultScript& faults)
    : connection_(connection),
      context_(context),
      output_(output),
      faults_(faults),
      channel_(&connection.open_channel(number)),
      number_(number),
      confirms_(number, output) {}

PeerChannel::~PeerChannel() {
    EVENTAIL_ASSERT(context_.unfinished_bytes >= body_.size(),
                    "bytes of unfinished messages are given back once");
    context_.unfinished_bytes -= body_.size();
    if (channel_ != nullptr) connection_.close_channel(number_);
}

void PeerChannel::handle(const wire::Frame& frame, TimePoint now) {
    switch (expected_) {
        case Expected::content_header: handle_content_header(frame, now); return;
        case Expected::content_body: handle_content_body(frame, now); return;
        case Expected::method: break;
    }
    if (frame.type != wire::FrameType::method) {
        refuse(wire::ReplyCode::unexpected_frame,
               "expected method frame, got non method frame instead");
    }
    handle_method(frame.payload, now);
}

void PeerChannel::close(wire::ReplyCode code, std::string_view text, wire::MethodId culprit,
                        TimePoint now) {
    if (channel_ == nullptr) return;
    confirms_.flush(now);
    confirms_.forget_held_back();
    reply(wire::ChannelClose{.reply_code = static_cast<std::uint16_t>(code),
                             .reply_text = text,
                             .class_id = culprit.class_id,
                             .method_id = culprit.method_id});
    channel_ = nullptr;
    connection_.close_channel(number_);
}

std::optional<TimePoint> PeerChannel::settling_deadline() const {
    const auto timeout = context_.options.consumer_timeout;
    const auto since = channel_ == nullptr ? std::nullopt : channel_->unsettled_since();
    if (!since || timeout == Clock::duration::zero()) return std::nullopt;
    return *since + timeout;
}

void PeerChannel::handle_method(wire::Bytes payload, TimePoint now) {
    const wire::MethodId id = wire::peek_method_id(payload);
    if (id == wire::BasicPublish::id) {
        begin_content(payload);
        return;
    }
    if (channel_ == nullptr) {
        handle_method_while_closing(payload);
        return;
    }
    switch (id.class_id) {
        case channel_class: handle_channel_class(id, payload, now); break;
        case exchange_class: handle_exchange_class(id, payload); break;
        case queue_class: handle_queue_class(id, payload); break;
        case basic_class: handle_basic_class(id, payload); break;
        case confirm_class: handle_confirm_class(id, payload); break;
        case tx_class: handle_tx_class(id, payload); break;
        default: refuse_unimplemented(payload);
    }
}

void PeerChannel::handle_method_while_closing(wire::Bytes payload) {
    const wire::MethodId id = wire::peek_method_id(payload);
    if (id == wire::ChannelOpen::id) {
        refuse(wire::ReplyCode::channel_error, "second 'channel.open' seen");
    }
    if (id == wire::ChannelClose::id) reply(wire::ChannelCloseOk{});
    if (id == wire::ChannelCloseOk::id) is_closed_ = true;
}

void PeerChannel::handle_channel_class(wire::MethodId id, wire::Bytes payload, TimePoint now) {
    switch (id.method_id) {
        case wire::ChannelOpen::id.method_id:
            refuse(wire::ReplyCode::channel_error, "second 'channel.open' seen");
        case wire::ChannelFlow::id.method_id:
            if (!read_method<wire::ChannelFlow>(payload).active) {
                refuse(wire::ReplyCode::not_implemented, "active=false");
            }
            reply(wire::ChannelFlowOk{.active = true});
            break;
        case wire::ChannelClose::id.method_id:
            read_method<wire::ChannelClose>(payload);
            confirms_.flush(now);
            reply(wire::ChannelCloseOk{});
            is_closed_ = true;
            break;
        default: refuse_unimplemented(payload);
    }
}

void PeerChannel::handle_confirm_class(wire::MethodId id, wire::Bytes payload) {
    if (id != wire::ConfirmSelect::id) refuse_unimplemented(payload);
    const auto method = read_method<wire::ConfirmSelect>(payload);
    channel_->require_confirmable();
    confirms_.select();
    if (!method.nowait) reply(wire::ConfirmSelectOk{});
}

void PeerChannel::handle_tx_class(wire::MethodId id, wire::Bytes payload) {
    switch (id.method_id) {
        case wire::TxSelect::id.method_id:
            read_method<wire::TxSelect>(payload);
            channel_->select_transaction(confirms_.is_on());
            reply(wire::TxSelectOk{});
            break;
        case wire::TxCommit::id.method_id:
            read_method<wire::TxCommit>(payload);
            tell(channel_->commit());
            break;
        case wire::TxRollback::id.method_id:
            read_method<wire::TxRollback>(payload);
            tell(channel_->rollback());
            break;
        default: refuse_unimplemented(payload);
    }
}

// Only a commit can fail.
void PeerChannel::go_on() {
    try {
        tell(channel_->go_on());
    } catch (const wire::ProtocolError& error) {
        throw wire::ProtocolError(error.code(), error.what(), wire::TxCommit::id);
    }
}

void PeerChannel::tell(const Progress& progress) {
    for (const MessagePtr& message : progress.returned) send_return(message);
    if (progress.is_committed) reply(wire::TxCommitOk{});
    if (progress.is_rolled_back) reply(wire::TxRollbackOk{});
}

void PeerChannel::refuse_unimplemented(wire::Bytes payload) {
    try {
        wire::decode_method(payload);
    } catch (const wire::ProtocolError& error) {
        if (error.code() == wire::ReplyCode::not_implemented) throw UnknownMethod();
        throw wire::ProtocolError(wire::ReplyCode::frame_error, error.what(), error.method());
    }
    refuse(wire::ReplyCode::command_invalid, "unimplemented method");
}

}  // namespace eventail::broker
