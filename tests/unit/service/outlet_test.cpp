// Messages on their way into the intake: named, encoded, written.
#include "service/outlet.hpp"

#include "bus/publisher.hpp"
#include "bus/returned_message.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <set>
#include <string>
#include <vector>

namespace eventail {
namespace service {
namespace {

/// Content that publishes something itself while it is encoded.
struct Talkative {
    Outlet* outlet = nullptr;
};

class OutletTest : public testing::Test {
protected:
    void accept(const Value& content, bus::IdDerivation* ids = nullptr) {
        const Draft draft(outlet, {.name = "Happened", .conversation_id = "c"}, content, ids);
        outlet.accept(draft, bus::Retry::automatic);
    }
    /// The messages as a broker would read them.
    std::vector<ReturnedMessage> accepted() {
        bus::Intake::Batch batch;
        outlet.take(batch);
        std::vector<ReturnedMessage> messages;
        for (const bus::Accepted& each : batch.messages) {
            if (each.segment) segment_ = each.segment;
            wire::Buffer frames;
            frames.append({segment_->frames.data() + each.offset, each.length});
            if (segment_->body) {
                wire::encode_body(frames, bus::Publisher::confirm_channel, segment_->body->bytes(),
                                  bus::Publisher::message_frame_bytes);
            }
            messages.push_back(bus::read_back(frames.view(), 0, "", {}));
        }
        return messages;
    }

    Outlet outlet{"shop", {}, {}};

private:
    bus::SharedSegment segment_;
};

}  // namespace
}  // namespace service

template <>
struct Codec<service::Talkative> {
    static void encode(const service::Talkative& talkative, PayloadWriter& writer) {
        writer.begin_map(2);
        writer.key("before");
        writer.write("long enough to be noticed if it is overwritten");
        const service::Draft draft(*talkative.outlet, {.name = "Said", .conversation_id = "c"},
                                   Value(1));
        talkative.outlet->accept(draft, bus::Retry::automatic);
        writer.key("after");
        writer.write(2);
        writer.end();
    }
};

namespace service {
namespace {

TEST_F(OutletTest, gives_what_a_handler_publishes_ids_that_follow_from_its_input) {
    const NameSource::Name input = NameSource().next();
    const bus::Origin origin{.message_id = input.text(), .queue = "shop.events"};
    const std::string large(100'000, 'x');
    for (int run = 0; run < 2; ++run) {
        bus::IdDerivation ids(origin);
        accept({{"n", 1}}, &ids);
        accept({{"n", 2}}, &ids);
        accept({{"n", 1}}, &ids);
        accept({{"text", large}}, &ids);
    }

    const std::vector<ReturnedMessage> messages = accepted();

    ASSERT_EQ(messages.size(), 8u);
    std::set<std::string> ids;
    for (std::size_t i = 0; i < 4; ++i) {
        EXPECT_EQ(messages[i].metadata.message_id, messages[i + 4].metadata.message_id);
        ids.insert(messages[i].metadata.message_id);
    }
    EXPECT_EQ(ids.size(), 4u);
}

TEST_F(OutletTest, counts_the_messages_of_handlers_whose_input_has_an_id_of_others) {
    bus::IdDerivation ids({.message_id = "42", .queue = "shop.events"});
    accept({{"n", 1}}, &ids);
    accept({{"n", 1}}, &ids);

    const std::vector<ReturnedMessage> messages = accepted();

    ASSERT_EQ(messages.size(), 2u);
    EXPECT_TRUE(messages[0].metadata.message_id.ends_with("-1"));
    EXPECT_TRUE(messages[1].metadata.message_id.ends_with("-2"));
}

TEST_F(OutletTest, correlates_a_command_by_its_id_if_it_has_nothing_else) {
    const Draft draft(outlet,
                      {.kind = bus::Kind::command,
                       .name = "stock.Reserve",
                       .conversation_id = "c",
                       .is_correlated_by_id = true,
                       .reply_to = "shop.ReserveReturn"},
                      {});
    outlet.accept(draft, bus::Retry::automatic);

    const std::vector<ReturnedMessage> messages = accepted();

    ASSERT_EQ(messages.size(), 1u);
    EXPECT_EQ(messages[0].correlation_id, draft.id().text());
    EXPECT_EQ(messages[0].metadata.message_id, draft.id().text());
}

TEST_F(OutletTest, names_and_completes_a_message) {
    accept({{"n", 1}});
    accept({{"n", 2}});

    const std::vector<ReturnedMessage> messages = accepted();

    ASSERT_EQ(messages.size(), 2u);
    EXPECT_EQ(messages[1].name, "Happened");
    EXPECT_EQ(messages[1].exchange, "events");
    EXPECT_EQ(messages[1].payload["n"].get<int>(), 2);
    EXPECT_EQ(messages[1].metadata.app_id, "shop");
    EXPECT_EQ(messages[1].metadata.message_id, outlet.message_ids().prefix() + "-2");
    EXPECT_TRUE(messages[1].metadata.timestamp);
    EXPECT_EQ(outlet.next_sequence(), 3u);
}

TEST_F(OutletTest, a_log_record_bears_the_time_of_what_it_tells_not_of_the_telling) {
    const auto seconds_now =
        std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch());

    outlet.log(Severity::alert, "the handler threw", {}, {}, {},
               Clock::now() - std::chrono::hours{1});

    bus::Intake::Batch batch;
    outlet.take(batch);
    const ReturnedMessage record = bus::read_back(batch.logs.view(), 0, "", {});
    EXPECT_NEAR(record.payload["timestamp"].get<double>(), seconds_now.count() - 3600, 60);
}

TEST_F(OutletTest, large_content_is_not_copied) {
    const Payload large(Value(std::vector<std::byte>(100'000, std::byte{7})));

    accept(large);

    bus::Intake::Batch batch;
    outlet.take(batch);
    ASSERT_TRUE(batch.messages[0].segment->body);
    EXPECT_EQ(batch.messages[0].segment->body->bytes().data(), large.bytes().data());
}

TEST_F(OutletTest, large_content_that_is_encoded_here_arrives_as_it_is) {
    accept({{"text", std::string(100'000, 'x')}});

    EXPECT_EQ(accepted().at(0).payload["text"].get<std::string>(), std::string(100'000, 'x'));
}

TEST_F(OutletTest, content_may_publish_while_it_is_encoded) {
    accept(Talkative{&outlet});

    const std::vector<ReturnedMessage> messages = accepted();

    ASSERT_EQ(messages.size(), 2u);
    EXPECT_EQ(messages[0].payload.get<int>(), 1);
    EXPECT_EQ(messages[1].payload["before"].get<std::string>(),
              "long enough to be noticed if it is overwritten");
    EXPECT_EQ(messages[1].payload["after"].get<int>(), 2);
}

}  // namespace
}  // namespace service
}  // namespace eventail
