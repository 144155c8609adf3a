// Which method answers which request (AMQP 0-9-1 reference, section 1). The functions are never
// called or defined: their types are the table.
#pragma once

#include "wire/methods.hpp"

#include <utility>

namespace eventail::amqp {

wire::ExchangeDeclareOk reply_to(const wire::ExchangeDeclare&);
wire::ExchangeDeleteOk reply_to(const wire::ExchangeDelete&);
wire::ExchangeBindOk reply_to(const wire::ExchangeBind&);
wire::ExchangeUnbindOk reply_to(const wire::ExchangeUnbind&);
wire::QueueDeclareOk reply_to(const wire::QueueDeclare&);
wire::QueueBindOk reply_to(const wire::QueueBind&);
wire::QueuePurgeOk reply_to(const wire::QueuePurge&);
wire::QueueDeleteOk reply_to(const wire::QueueDelete&);
wire::QueueUnbindOk reply_to(const wire::QueueUnbind&);
wire::BasicQosOk reply_to(const wire::BasicQos&);
wire::BasicConsumeOk reply_to(const wire::BasicConsume&);
wire::BasicCancelOk reply_to(const wire::BasicCancel&);
wire::BasicGetOk reply_to(const wire::BasicGet&);  // or BasicGetEmpty
wire::BasicRecoverOk reply_to(const wire::BasicRecover&);
wire::ConfirmSelectOk reply_to(const wire::ConfirmSelect&);
wire::TxSelectOk reply_to(const wire::TxSelect&);
wire::TxCommitOk reply_to(const wire::TxCommit&);
wire::TxRollbackOk reply_to(const wire::TxRollback&);

/// A method that has an answer.
template <typename M>
concept Request = requires(const M& method) {
    reply_to(method);
};

template <Request M>
using ReplyTo = decltype(reply_to(std::declval<const M&>()));

}  // namespace eventail::amqp
