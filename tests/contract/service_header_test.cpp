// Content headers larger than the negotiated frames, as brokers relay them, and larger than anyone
// wants to read.
#include "contract/service_fixture.hpp"
#include <eventail/broker.hpp>

#include <atomic>
#include <string>
#include <string_view>

namespace eventail::test {
namespace {

/// Counts the events whose header "filler" arrives whole.
class ServiceHeaders : public ServiceTest {
protected:
    ServiceHeaders() {
        service_options_ = options();
        filler_ = std::string(10'000, 'x');
    }

    void handles_events_of(Service& service) {
        service.on_event(key("In"), [this](const Event& event) {
            const Payload& headers = event.metadata.headers;
            handled_ += headers["filler"].get<std::string_view>() == filler_;
        });
    }
    void publishes_filler(Probe& peer, std::string_view word = "In") {
        wire::Table headers;
        headers.set("conversation_id", "c-1").set("filler", std::string_view(filler_));
        peer.publish("events", key(word),
                     {.content_type = "application/json",
                      .headers = headers.view(),
                      .delivery_mode = std::uint8_t{2},
                      .message_id = "m-1"},
                     "{}");
    }

    ServiceOptions service_options_;
    std::string filler_;
    std::atomic<int> handled_ = 0;
};

TEST_F(ServiceHeaders, of_other_clients_may_be_larger_than_the_frames_of_a_service) {
    service_options_.amqp_urls = {broker.url() + "?frame_max=4096"};
    Tested service(service_options_);
    handles_events_of(service);
    Supervised run(service);
    ASSERT_TRUE(eventually([&] { return service.ready == 1; })) << log.text();

    for (int i = 0; i < 5; ++i) publishes_filler(probe());

    EXPECT_TRUE(eventually([&] { return handled_ == 5; })) << log.text();
    EXPECT_EQ(run.stop(), 0);
    EXPECT_EQ(service.ready, 1) << log.text();
    EXPECT_EQ(probe().message_count(name + ".events"), 0u);
}

TEST_F(ServiceHeaders, may_grow_beyond_the_frames_of_a_service_by_what_dead_lettering_adds) {
    // With it, larger than 131,072 bytes; without it, just as large as the probe's frames.
    filler_ = std::string(130'900, 'x');
    Tested service(service_options_);
    service.on_event(key("In"), [this](const Event& event) {
        const Payload& headers = event.metadata.headers;
        handled_ += headers["x-death"].size() == 1 && headers["filler"].is_text();
    });
    const std::string waiting = listen("events", key("Later"));
    set_policy("^" + waiting + "$",
               R"({"message-ttl":1,"dead-letter-exchange":"events","dead-letter-routing-key":")" +
                   key("In") + R"("})");
    Supervised run(service);
    ASSERT_TRUE(eventually([&] { return service.ready == 1; })) << log.text();

    publishes_filler(probe(), "Later");

    EXPECT_TRUE(eventually([&] { return handled_ == 1; })) << log.text();
    EXPECT_EQ(run.stop(), 0);
    EXPECT_EQ(service.ready, 1) << log.text();
}

TEST_F(ServiceHeaders, that_are_too_large_to_read_are_dead_lettered_and_nothing_else_happens) {
    // Only frames of that size can carry such a header to a broker.
    EmbeddedBroker wide(
        {.policies = {{.name = "DLX", .pattern = "events$", .dead_letter_exchange = "dlx"}},
         .frame_max = 4u << 20});
    wide.declare_exchange("dlx");
    wide.declare_queue("dead", "dlx", {"#"});
    Probe peer(wide.url() + "?frame_max=4194304");
    service_options_.amqp_urls = {wide.url()};
    Tested service(service_options_);
    handles_events_of(service);
    Supervised run(service);
    ASSERT_TRUE(eventually([&] { return service.ready == 1; })) << log.text();

    filler_ = std::string(1'200'000, 'x');
    publishes_filler(peer);
    filler_ = "small";
    publishes_filler(peer);

    EXPECT_TRUE(eventually([&] { return handled_ == 1; })) << log.text();
    EXPECT_TRUE(eventually([&] { return wide.peek("dead").size() == 1; }));
    EXPECT_EQ(run.stop(), 0);
    EXPECT_EQ(service.ready, 1) << log.text();
    EXPECT_EQ(log.count("EMERGENCY"), 1u) << log.text();
    EXPECT_TRUE(log.has("from queue " + name + ".events: cannot be read: its content header of"))
        << log.text();
}

}  // namespace
}  // namespace eventail::test
