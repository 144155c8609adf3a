// Messages unfit for any handler are dead-lettered at once, and nobody else notices.
#include "contract/service_fixture.hpp"

#include <atomic>
#include <string>
#include <string_view>
#include <vector>

namespace eventail::test {
namespace {

class ServicePoison : public ServiceTest {
protected:
    ServicePoison() {
        service_.on_event(key("In"), [this](const Event& event) {
            ++handled;
            last_id = event.metadata.message_id;
        });
        service_.on_command(key("Do"), [this](const Command&) { ++handled; });
    }

    Tested service_{options()};
    const std::string dead_ = dead_letters();
    std::atomic<int> handled = 0;
    std::string last_id;
};

constexpr std::string_view cbor = "application/cbor";
constexpr std::string_view truncated_cbor =
    "\xA1\x64"
    "word";
constexpr std::string_view good_cbor = "\xA1\x61n\x01";

TEST_F(ServicePoison, is_dead_lettered_at_once_and_logged_once_whatever_it_is) {
    const std::string nested(60'000, '\x81');
    Supervised run(service_);
    ASSERT_TRUE(eventually([&] { return service_.ready == 1; })) << log.text();

    send("events", key("In"), {.body = truncated_cbor, .content_type = cbor, .message_id = "p0"});
    send("events", key("In"), {.body = nested, .content_type = cbor, .message_id = "p1"});
    send("events", key("In"), {.body = good_cbor, .message_id = "p2"});
    send("events", key("In"), {.conversation_id = {}, .message_id = "p3"});
    send("commands", key("Do"), {.message_id = "p4"});
    std::vector<std::string> ids;
    for (int i = 0; i < 5; ++i) ids.push_back(probe().take(dead_).message_id());

    EXPECT_THAT(ids, testing::UnorderedElementsAre("p0", "p1", "p2", "p3", "p4"));
    EXPECT_EQ(handled, 0);
    send("events", key("In"), {.body = good_cbor, .content_type = cbor});
    EXPECT_TRUE(eventually([&] { return handled == 1; }));
    EXPECT_EQ(run.stop(), 0);
    EXPECT_EQ(service_.ready, 1);
    EXPECT_EQ(log.count("EMERGENCY"), 5u) << log.text();
    for (const std::string& id : ids) EXPECT_EQ(log.count("'" + id + "'"), 1u) << log.text();
    EXPECT_EQ(probe().message_count(name + ".events"), 0u);
    EXPECT_EQ(probe().message_count(name + ".commands"), 0u);
}

TEST_F(ServicePoison, a_hundred_among_a_thousand_good_ones_do_not_stop_a_worker) {
    Supervised run(service_);
    ASSERT_TRUE(eventually([&] { return service_.ready == 1; })) << log.text();

    for (int i = 0; i < 1'100; ++i) {
        const bool is_poison = i % 11 == 5;
        send("events", key("In"),
             {.body = is_poison ? truncated_cbor : good_cbor, .content_type = cbor});
    }

    EXPECT_TRUE(eventually([&] { return handled == 1'000; })) << handled;
    EXPECT_TRUE(eventually([&] { return probe().message_count(dead_) == 100; }));
    EXPECT_EQ(run.stop(), 0);
    EXPECT_EQ(handled, 1'000);
    EXPECT_EQ(service_.ready, 1);
    // Not a line for each: at most one per second, and a count of the rest.
    EXPECT_LT(log.count("EMERGENCY"), 20u) << log.text();
    EXPECT_TRUE(log.has("like this within a second")) << log.text();
    EXPECT_EQ(log.count("unless a policy sets a dead-letter exchange"), 1u) << log.text();
    EXPECT_EQ(probe().message_count(name + ".events"), 0u);
}

}  // namespace
}  // namespace eventail::test
