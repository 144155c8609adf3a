// A broker that closes the consuming connection again and again, each time after a message.
#include "contract/service_fixture.hpp"
#include <eventail/broker.hpp>

#include <atomic>

namespace eventail::test {
namespace {

class ServiceFaults : public ServiceTest {
protected:
    EmbeddedBroker faulty_;
};

TEST_F(ServiceFaults, that_come_again_and_again_are_said_with_their_queue_and_slow_it_down) {
    ServiceOptions made = options();
    made.amqp_urls = {faulty_.url()};
    Tested service(made);
    std::atomic<int> handled = 0;
    service.on_event(key("In"), [&](const Event&) { ++handled; });
    Supervised run(service);
    Probe peer(faulty_.url());

    for (int i = 1; i <= 4; ++i) {
        ASSERT_TRUE(eventually([&] { return service.ready == i; })) << log.text();
        wire::Table headers;
        headers.set("conversation_id", "c-1");
        peer.publish("events", key("In"), {.headers = headers.view()}, "{}");
        ASSERT_TRUE(eventually([&] { return handled >= i; })) << log.text();
        faulty_.close_connections("on purpose", "consuming");
    }

    EXPECT_TRUE(eventually([&] { return service.ready == 5; })) << log.text();
    EXPECT_EQ(run.stop(), 0);
    const std::string queue = " after messages of queue " + name + ".events: ";
    EXPECT_EQ(log.count("ended 2 times in a row"), 0u) << log.text();
    EXPECT_EQ(log.count("ended 3 times in a row with the same error" + queue), 1u) << log.text();
    EXPECT_EQ(log.count("ended 4 times in a row with the same error" + queue), 1u) << log.text();
}

}  // namespace
}  // namespace eventail::test
