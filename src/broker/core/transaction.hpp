// What a channel in a transaction holds back until its commit: messages, which are routed already,
// and settlements. Another part of the channel does it when the time comes. (AMQP 0-9-1, class tx)
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

/// A message and the names of the queues that it goes to, if they are there at the commit.
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

    /// Throws wire::ProtocolError (506) if all transactions together hold too much: what they hold
    /// must never be the reason that no client is read.
    void hold(HeldPublish publish);
    /// Takes that delivery out of `unsettled`.
    void hold(Disposition disposition, std::uint64_t delivery_tag, UnsettledDeliveries& unsettled);

    /// The oldest one.
    std::optional<HeldPublish> take_publish();
    /// In the order in which they came; those that came one after the other and are of one kind,
    /// by their tags.
    std::optional<HeldSettlement> take_settlement();
    /// Puts one settlement back among the unsettled deliveries. False if there is none.
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
    MemoryCharge charge_;               ///< Beside the messages themselves.
    MemoryCharge transactions_charge_;  ///< With them, among all transactions.
};

}  // namespace eventail::broker
