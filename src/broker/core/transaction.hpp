// The operations that a channel in a transaction holds back until its commit: routed messages and
// settlements. channel_transaction.cpp carries them out. (AMQP 0-9-1, class tx)
#pragma once

#include "broker/core/memory.hpp"
#include "broker/core/message.hpp"
#include "broker/core/unsettled.hpp"

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace eventail::broker {

class Environment;

/// A message and the names of its queues, as far as they exist at the commit.
struct HeldPublish {
    MessagePtr message = {};
    bool is_mandatory = false;
    std::vector<std::string> queues = {};
};

struct HeldSettlement {
    Disposition disposition = Disposition::acknowledge;
    Unsettled unsettled = {};
};

class Transaction {
public:
    explicit Transaction(Environment& environment);
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    ~Transaction();

    bool empty() const { return publishes_.empty() && settlements_.empty(); }

    std::size_t settlement_count() const;

    /// Throws wire::ProtocolError (506) if all transactions together hold too much: they must never
    /// be the reason that the broker reads from no client.
    void hold(HeldPublish publish);
    /// Moves that delivery out of `unsettled`.
    void hold(Disposition disposition, std::uint64_t delivery_tag, UnsettledDeliveries& unsettled);

    /// The oldest one.
    std::optional<HeldPublish> take_publish();
    /// In the order of arrival. Neighbouring settlements of one kind come in the order of their
    /// tags.
    std::optional<HeldSettlement> take_settlement();
    /// Returns one settlement to the unsettled deliveries. False if there is none left.
    bool give_back(UnsettledDeliveries& unsettled);

private:
    struct Group {
        Group(Disposition what, std::shared_ptr<MemoryGauge> gauge)
            : disposition(what), deliveries(std::move(gauge)) {}

        Disposition disposition;
        UnsettledDeliveries deliveries;
    };

    Environment& environment_;
    std::deque<HeldPublish> publishes_;
    std::deque<Group> settlements_;
    MemoryCharge charge_;               ///< Without the messages themselves.
    MemoryCharge transactions_charge_;  ///< With the messages; counts among all transactions.
};

}  // namespace eventail::broker
