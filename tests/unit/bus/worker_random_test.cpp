// A worker under random events: it never acknowledges an input before its handler's messages are
// safe, and never loses a published message. A failure names its seed.
#include "support/fake_broker.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <random>
#include <set>
#include <string>
#include <variant>
#include <vector>

namespace eventail::bus {
namespace {

using namespace test;

class RandomLife {
public:
    explicit RandomLife(std::uint32_t seed) : random_(seed) {
        broker_.begins_run();
        for (int i = 0; i < 40; ++i) queue_.push_back({.source = Source::events});
    }

    void lives(int steps) {
        for (int i = 0; i < steps; ++i) {
            one_thing_happens();
            observes();
        }
    }
    void comes_to_rest() {
        broker_.unblocks();
        for (int i = 0; i < 2000 && !is_at_rest(); ++i) {
            connects();
            delivers();
            if (!job_) begins_job();
            if (job_) ends_job(End::done);
            if (!pending_.empty()) confirms(pending_.rbegin()->first, true);
            broker_.passes(1s);
            observes();
        }
        EXPECT_TRUE(is_at_rest());
        for (const std::string& id : published_) {
            EXPECT_TRUE(is_safe(id)) << id << " was lost";
        }
        broker_.stops();
        EXPECT_TRUE(broker_.worker.is_finished());
        EXPECT_EQ(broker_.worker.run_end().abandoned, 0u);
    }

private:
    struct Delivered {
        Sending message = {};
        std::set<std::string> caused = {};
    };

    bool is_at_rest() const {
        return queue_.empty() && delivered_.empty() && !job_ && broker_.worker.unsettled() == 0;
    }
    bool is_safe(const std::string& id) const {
        return confirmed_.contains(id) || reported_.contains(id);
    }
    std::uint64_t any(std::uint64_t count) { return random_() % count; }

    void one_thing_happens() {
        switch (any(150)) {
            case 0: return broker_.loses(LinkId::publishing);
            case 1: return loses_consuming_channel(&FakeBroker::loses);
            case 2: return closes_publishing_channel(wire::ReplyCode::not_found);
            case 3: return closes_publishing_channel(wire::ReplyCode::precondition_failed);
            case 4:
                return loses_consuming_channel([](FakeBroker& broker, LinkId link) {
                    broker.closes_channel(link, 1, wire::ReplyCode::precondition_failed);
                });
            case 5: return broker_.is_connected(LinkId::publishing) ? broker_.blocks() : void();
            case 6: return broker_.is_connected(LinkId::publishing) ? broker_.unblocks() : void();
            case 7: return broker_.passes(std::chrono::seconds(any(20)));
            case 8:
            case 9:
            case 10: return nacks();
            default: break;
        }
        connects();
        switch (any(5)) {
            case 0: return delivers();
            case 1: return job_ ? void() : begins_job();
            case 2: return publishes();
            case 3: return job_ ? ends_job(End(any(4) == 0 ? 2 : 0)) : void();
            case 4: return job_ && any(4) == 0 ? ends_job(End::give_back) : void();
            default: break;
        }
        if (pending_.empty()) return;
        const auto chosen = std::next(pending_.begin(), static_cast<int>(any(pending_.size())));
        confirms(chosen->first, any(2) == 0);
    }

    void connects() {
        if (broker_.worker.is_finished()) broker_.begins_run();
        for (const LinkId link : both_links) {
            if (!broker_.is_connected(link)) broker_.accepts_connection(link);
        }
    }
    void delivers() {
        const bool is_possible = broker_.worker.is_consuming() && !queue_.empty();
        if (!is_possible || delivered_.size() >= 3) return;
        const Sending message = queue_.front();
        queue_.pop_front();
        delivered_[broker_.consuming.next_delivery_tag] = {.message = message};
        broker_.delivers(message);
    }
    void begins_job() {
        job_ = broker_.begins_job();
        if (!job_) return;
        job_tag_ = 0;
        // Handlers run in the order of delivery.
        if (job_->token != 0) job_tag_ = ++last_begun_tag_;
    }
    void publishes() {
        const std::string id = broker_.publishes("Caused");
        published_.push_back(id);
        const auto delivery = delivered_.find(job_tag_);
        if (job_ && job_tag_ != 0 && delivery != delivered_.end()) {
            delivery->second.caused.insert(id);
        }
    }
    void ends_job(End end) {
        if (const auto* come_back = std::get_if<ReturnedJob>(&job_->work)) {
            reported_.insert(come_back->message.metadata.message_id);
        }
        broker_.ends_job(*std::exchange(job_, nullptr), {.end = end});
    }
    void confirms(std::uint64_t tag, bool multiple) {
        const auto last = pending_.upper_bound(tag);
        const auto first = multiple ? pending_.begin() : std::prev(last);
        for (auto each = first; each != last; ++each) confirmed_.insert(each->second);
        pending_.erase(first, last);
        broker_.confirms(tag, multiple);
    }
    void nacks() {
        if (pending_.empty()) return;
        const std::uint64_t tag = pending_.begin()->first;
        pending_.erase(pending_.begin());
        broker_.nacks(tag);
    }
    void closes_publishing_channel(wire::ReplyCode code) {
        if (!broker_.worker.publisher().is_ready()) return;
        pending_.clear();
        broker_.closes_channel(LinkId::publishing, 1, code);
    }
    template <typename Lose>
    void loses_consuming_channel(Lose lose) {
        if (!broker_.worker.is_consuming()) return;
        forgets_deliveries();
        std::invoke(lose, broker_, LinkId::consuming);
    }
    void forgets_deliveries() {
        for (auto& [tag, delivery] : delivered_) {
            delivery.message.is_redelivered = true;
            queue_.push_front(delivery.message);
        }
        delivered_.clear();
        last_begun_tag_ = 0;
        job_tag_ = 0;
    }

    /// Observes what the broker has read since the last call.
    void observes() {
        for (const Published& each : broker_.takes_published()) {
            pending_[each.tag] = each.message_id;
        }
        for (const Settlement& each : broker_.takes_settlements()) settles(each);
        if (!broker_.is_connected(LinkId::publishing)) pending_.clear();
        if (!broker_.is_connected(LinkId::consuming)) forgets_deliveries();
    }
    void settles(const Settlement& settlement) {
        ASSERT_TRUE(delivered_.contains(settlement.delivery_tag)) << "settled twice or unknown";
        const auto last = delivered_.upper_bound(settlement.delivery_tag);
        const auto first = settlement.multiple ? delivered_.begin() : std::prev(last);
        for (auto each = first; each != last; ++each) {
            if (settlement.requeue) queue_.push_back(each->second.message);
            if (settlement.verb != Settlement::Verb::ack) continue;
            for (const std::string& id : each->second.caused) {
                EXPECT_TRUE(is_safe(id)) << "acknowledged before " << id << " was confirmed";
            }
        }
        delivered_.erase(first, last);
    }

    std::minstd_rand random_;
    FakeBroker broker_;
    std::deque<Sending> queue_;
    std::map<std::uint64_t, Delivered> delivered_;  // by delivery tag
    std::map<std::uint64_t, std::string> pending_;  // ids by confirm tag
    std::uint64_t last_begun_tag_ = 0;
    const Job* job_ = nullptr;
    std::uint64_t job_tag_ = 0;
    std::vector<std::string> published_;
    std::set<std::string> confirmed_;
    std::set<std::string> reported_;
};

TEST(WorkerAtRandom, loses_nothing_and_acknowledges_nothing_too_early) {
    for (std::uint32_t seed = 1; seed <= 100 && !testing::Test::HasFailure(); ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        RandomLife life(seed);

        life.lives(400);

        life.comes_to_rest();
    }
}

}  // namespace
}  // namespace eventail::bus
