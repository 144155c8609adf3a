#include "broker/core/transaction.hpp"

#include "broker/core/environment.hpp"

#include <utility>

namespace eventail::broker {

namespace {

std::size_t bytes_of_names(const HeldPublish& publish) {
    std::size_t bytes = sizeof(HeldPublish);
    for (const std::string& queue : publish.queues) bytes += sizeof(std::string) + queue.size();
    return bytes;
}

std::size_t bytes_of_message(const HeldPublish& publish) {
    constexpr std::size_t overhead_bytes = 512;
    return overhead_bytes + publish.message->properties().size() + publish.message->body().size();
}

}  // namespace

Transaction::Transaction(Environment& environment)
    : environment_(environment),
      charge_(environment.gauge(), 0),
      transactions_charge_(environment.transactions_gauge(), 0) {}

Transaction::~Transaction() { discard(environment_.chores(), std::move(publishes_)); }

std::size_t Transaction::settlement_count() const {
    std::size_t count = 0;
    for (const Group& group : settlements_) count += group.deliveries.size();
    return count;
}

void Transaction::hold(HeldPublish publish) {
    environment_.require_room_in_transactions();
    charge_.add(bytes_of_names(publish));
    transactions_charge_.add(bytes_of_names(publish) + bytes_of_message(publish));
    publishes_.push_back(std::move(publish));
}

void Transaction::hold(Disposition disposition, std::uint64_t delivery_tag,
                       UnsettledDeliveries& unsettled) {
    if (settlements_.empty() || settlements_.back().disposition != disposition) {
        settlements_.emplace_back(disposition, environment_.gauge());
    }
    unsettled.move(delivery_tag, settlements_.back().deliveries);
}

std::optional<HeldPublish> Transaction::take_publish() {
    if (publishes_.empty()) return std::nullopt;
    HeldPublish publish = std::move(publishes_.front());
    publishes_.pop_front();
    charge_.subtract(bytes_of_names(publish));
    transactions_charge_.subtract(bytes_of_names(publish) + bytes_of_message(publish));
    return publish;
}

std::optional<HeldSettlement> Transaction::take_settlement() {
    if (settlements_.empty()) return std::nullopt;
    Group& group = settlements_.front();
    auto unsettled = group.deliveries.take_first(all_tags);
    EVENTAIL_ASSERT(unsettled, "a group is gone with its last settlement");
    HeldSettlement settlement{group.disposition, std::move(*unsettled)};
    if (group.deliveries.empty()) settlements_.pop_front();
    return settlement;
}

bool Transaction::give_back(UnsettledDeliveries& unsettled) {
    if (settlements_.empty()) return false;
    UnsettledDeliveries& deliveries = settlements_.front().deliveries;
    const auto tag = deliveries.first_tag(all_tags);
    EVENTAIL_ASSERT(tag, "a group is gone with its last settlement");
    deliveries.move(*tag, unsettled);
    if (deliveries.empty()) settlements_.pop_front();
    return true;
}

}  // namespace eventail::broker
