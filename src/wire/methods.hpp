// All methods of AMQP 0-9-1 with RabbitMQ's extensions, as structs of views, and their way to
// frames and back. methods/ holds the structs, one file for each class; each struct lists its
// fields once. A string_view is a short string, Bytes a long one.
#pragma once

#include "wire/field_codec.hpp"
#include "wire/frame.hpp"
#include "wire/frame_writer.hpp"
#include "wire/method_id.hpp"
#include "wire/methods/basic.hpp"
#include "wire/methods/channel.hpp"
#include "wire/methods/confirm.hpp"
#include "wire/methods/connection.hpp"
#include "wire/methods/exchange.hpp"
#include "wire/methods/queue.hpp"
#include "wire/methods/tx.hpp"
#include "wire/protocol_error.hpp"
#include "wire/reader.hpp"

#include <cstdint>
#include <string>
#include <variant>

namespace eventail::wire {

/// Any method.
using Method = std::variant<
    ConnectionStart, ConnectionStartOk, ConnectionSecure, ConnectionSecureOk, ConnectionTune,
    ConnectionTuneOk, ConnectionOpen, ConnectionOpenOk, ConnectionClose, ConnectionCloseOk,
    ConnectionBlocked, ConnectionUnblocked, ConnectionUpdateSecret, ConnectionUpdateSecretOk,
    ChannelOpen, ChannelOpenOk, ChannelFlow, ChannelFlowOk, ChannelClose, ChannelCloseOk,
    ExchangeDeclare, ExchangeDeclareOk, ExchangeDelete, ExchangeDeleteOk, ExchangeBind,
    ExchangeBindOk, ExchangeUnbind, ExchangeUnbindOk, QueueDeclare, QueueDeclareOk, QueueBind,
    QueueBindOk, QueuePurge, QueuePurgeOk, QueueDelete, QueueDeleteOk, QueueUnbind, QueueUnbindOk,
    BasicQos, BasicQosOk, BasicConsume, BasicConsumeOk, BasicCancel, BasicCancelOk, BasicPublish,
    BasicReturn, BasicDeliver, BasicGet, BasicGetOk, BasicGetEmpty, BasicAck, BasicReject,
    BasicRecoverAsync, BasicRecover, BasicRecoverOk, BasicNack, ConfirmSelect, ConfirmSelectOk,
    TxSelect, TxSelectOk, TxCommit, TxCommitOk, TxRollback, TxRollbackOk>;

/// The method in a method frame's payload; it may be unknown. Throws ProtocolError (501) if the
/// payload is too short.
MethodId peek_method_id(Bytes frame_payload);

/// Reads a method frame's payload; the result is views into it. Throws ProtocolError: 540 for a
/// method that does not exist, 502 for arguments that are malformed, cut short or too long.
Method decode_method(Bytes frame_payload);

/// The same without the variant, for a caller that has already read the id. Does not check it
/// again.
template <typename M>
M decode_as(Bytes frame_payload) {
    try {
        Reader reader(frame_payload);
        reader.u32();
        M method;
        FieldDecoder decoder(reader.rest());
        M::fields(method, decoder);
        decoder.finish();
        return method;
    } catch (const ProtocolError& error) {
        throw ProtocolError(error.code(), std::string(M::name) + ": " + error.what(), M::id);
    }
}

/// Appends a whole method frame and returns how many bytes it takes: a method cannot be split, so
/// the caller compares with frame_max. Throws std::length_error for a short string of more than
/// 255 bytes; nothing is appended then.
template <typename M>
std::size_t encode_method(Buffer& buffer, std::uint16_t channel, const M& method) {
    FrameWriter frame(buffer, FrameType::method, channel);
    Writer payload = frame.payload();
    payload.u16(M::id.class_id);
    payload.u16(M::id.method_id);
    FieldEncoder encoder(payload);
    M::fields(method, encoder);
    encoder.finish();
    return frame.finish();
}
std::size_t encode_method(Buffer& buffer, std::uint16_t channel, const Method& method);

}  // namespace eventail::wire
