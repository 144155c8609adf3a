// Clients with random actions: the core survives, its counts stay right, and it holds nothing once
// everything is gone. Most useful under a sanitizer.
#include "unit/broker/core/core_fixture.hpp"

#include <array>
#include <random>

namespace eventail::broker {
namespace {

class RandomWalk : public testing::TestWithParam<unsigned> {
protected:
    std::size_t pick(std::size_t count) { return random_() % count; }
    std::string queue() { return "q" + std::to_string(pick(5)); }
    std::string exchange() { return "x" + std::to_string(pick(4)); }
    std::string key() { return "k" + std::to_string(pick(3)); }
    Channel& channel() {
        auto& client = clients_[pick(clients_.size())];
        if (!client) client = std::make_unique<Client>(core_);
        return client->channel(static_cast<std::uint16_t>(1 + pick(3)));
    }
    std::uint64_t tag() { return pick(40); }

    wire::Table arguments() {
        wire::Table table;
        if (pick(2) == 0) table.set("x-max-length", static_cast<int>(pick(4)));
        if (pick(3) == 0) table.set("x-message-ttl", static_cast<int>(pick(3) * 10));
        if (pick(3) == 0) table.set("x-expires", static_cast<int>(1 + pick(100)));
        if (pick(3) == 0) table.set("x-dead-letter-exchange", pick(2) == 0 ? "" : exchange());
        if (pick(4) == 0) table.set("x-single-active-consumer", true);
        if (pick(4) == 0) table.set("x-max-priority", 3);
        if (pick(4) == 0) table.set("x-overflow", "reject-publish-dlx");
        return table;
    }

    void declare() {
        constexpr std::array types = {"direct", "fanout", "topic", "headers"};
        if (pick(2) == 0) {
            channel().declare(wire::QueueDeclare{.queue = queue(),
                                                 .durable = pick(2) == 0,
                                                 .exclusive = pick(4) == 0,
                                                 .auto_delete = pick(3) == 0,
                                                 .arguments = arguments()});
        } else {
            channel().declare(wire::ExchangeDeclare{.exchange = exchange(),
                                                    .type = types[pick(types.size())],
                                                    .durable = pick(2) == 0,
                                                    .auto_delete = pick(2) == 0});
        }
    }
    void bind() {
        switch (pick(4)) {
            case 0:
            case 1:
                channel().bind(wire::QueueBind{
                    .queue = queue(), .exchange = exchange(), .routing_key = key()});
                break;
            case 2:
                channel().bind(wire::ExchangeBind{
                    .destination = exchange(), .source = exchange(), .routing_key = key()});
                break;
            default:
                channel().unbind(wire::QueueUnbind{
                    .queue = queue(), .exchange = exchange(), .routing_key = key()});
        }
    }
    void publish() {
        const bool is_direct = pick(2) == 0;
        wire::Properties properties{.priority = std::uint8_t{1}, .expiration = "15"};
        if (pick(4) == 0) properties.reply_to = "amq.rabbitmq.reply-to";
        channel().publish(
            {.exchange = is_direct ? "" : exchange(), .routing_key = is_direct ? queue() : key()},
            encode_properties(properties).view(), {});
    }
    void consume() {
        Channel& on = channel();
        on.qos({.prefetch_count = static_cast<std::uint16_t>(pick(4)), .global = pick(4) == 0});
        if (pick(3) == 0) {
            on.cancel({.consumer_tag = key()});
        } else {
            on.consume({.queue = pick(6) == 0 ? "amq.rabbitmq.reply-to" : queue(),
                        .consumer_tag = key(),
                        .no_ack = pick(4) == 0,
                        .arguments = wire::Table().set("x-priority", pick(3))});
        }
    }
    void transact() {
        Channel& on = channel();
        on.select_transaction(false);
        if (pick(3) == 0) {
            on.rollback();
        } else {
            on.commit();
        }
    }
    void settle() {
        if (pick(6) == 0) {
            transact();
        } else if (pick(3) == 0) {
            channel().ack({.delivery_tag = tag(), .multiple = pick(2) == 0});
        } else {
            channel().nack(
                {.delivery_tag = tag(), .multiple = pick(2) == 0, .requeue = pick(2) == 0});
        }
    }
    void remove() {
        switch (pick(8)) {
            case 0: channel().remove(wire::QueueDelete{.queue = queue()}); break;
            case 1: channel().remove(wire::ExchangeDelete{.exchange = exchange()}); break;
            case 2: channel().purge(wire::QueuePurge{.queue = queue()}); break;
            case 3: clients_[pick(clients_.size())].reset(); break;
            case 4: {
                const auto& client = clients_[pick(clients_.size())];
                if (client) client->close_channel(static_cast<std::uint16_t>(1 + pick(3)));
                break;
            }
            case 5:
                core_.set_policy(
                    "/", {.name = "p", .pattern = queue(), .settings = {.max_length = pick(3)}});
                break;
            case 6: core_.clear_policy("/", "p"); break;
            default:
                for (auto& client : clients_) client.reset();
                core_.restart();
        }
    }
    /// False if it was refused.
    bool step() {
        try {
            switch (pick(16)) {
                case 0:
                case 1: declare(); break;
                case 2:
                case 3: bind(); break;
                case 4:
                case 5: consume(); break;
                case 6:
                case 7:
                case 8: settle(); break;
                case 9: channel().get({.queue = queue(), .no_ack = pick(2) == 0}); break;
                case 10: core_.tick(now_ += std::chrono::milliseconds(pick(20))); break;
                case 11:
                    if (pick(5) == 0) remove();
                    break;
                default: publish();
            }
            core_.dispatch();
            return true;
        } catch (const wire::ProtocolError&) {
            return false;
        }
    }
    std::size_t unsettled_in_queues() const {
        std::size_t count = 0;
        for (const QueueListing& queue : core_.list_queues("/")) count += queue.unsettled_count;
        return count;
    }
    std::size_t unsettled_in_channels() {
        std::size_t count = 0;
        for (const auto& client : clients_) {
            for (std::uint16_t number = 1; client && number <= 3; ++number) {
                const Channel* const open = client->find_channel(number);
                if (open) count += open->unsettled_count();
            }
        }
        return count;
    }

    std::mt19937 random_{GetParam()};
    TimePoint now_ = {};
    Core core_{now_};
    std::array<std::unique_ptr<Client>, 3> clients_;
};

TEST_P(RandomWalk, leaves_nothing_behind) {
    const std::size_t held_at_first = core_.held_bytes();
    int done = 0;

    for (int i = 0; i < 4'000; ++i) {
        if (step()) ++done;
        ASSERT_TRUE(core_.is_consistent());
        ASSERT_LE(unsettled_in_queues(), unsettled_in_channels()) << "a deleted queue's count less";
    }
    for (auto& client : clients_) client.reset();
    EXPECT_EQ(unsettled_in_queues(), 0u);
    for (const QueueListing& queue : core_.list_queues("/")) core_.delete_queue("/", queue.name);
    Client last(core_);
    for (int i = 0; i < 4; ++i) {
        last.channel().remove(wire::ExchangeDelete{.exchange = "x" + std::to_string(i)});
    }
    last.disconnect();
    core_.dispatch();

    EXPECT_GT(done, 1'000);
    EXPECT_EQ(core_.held_bytes(), held_at_first);
    EXPECT_EQ(core_.next_deadline(), std::nullopt);
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomWalk, testing::Range(0u, 10u));

}  // namespace
}  // namespace eventail::broker
