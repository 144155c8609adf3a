// Large messages both ways, the smallest frames, and a peer that sends one byte at a time.
#include "contract/service_fixture.hpp"
#include "support/proxy.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace eventail::test {
namespace {

/// Sends back the binary in every In as Out.
class ServiceSizes : public ServiceTest {
protected:
    void echo_through(const std::string& url, std::size_t size_bytes) {
        std::vector<std::byte> content(size_bytes);
        for (std::size_t i = 0; i < size_bytes; ++i) content[i] = std::byte(i * 31 >> 3);
        const std::string heard = listen("events", key("Out"));
        ServiceOptions through = options();
        through.amqp_urls = {url};
        Tested service(through);
        service.on_event(key("In"), [&](const Event& event) {
            service.publish_event(key("Out"), event.payload);
        });
        Supervised run(service);
        ASSERT_TRUE(eventually([&] { return service.ready == 1; })) << log.text();

        const Payload sent{{"content", content}};
        const auto bytes = sent.bytes();
        const std::string body(reinterpret_cast<const char*>(bytes.data()), bytes.size());
        for (int i = 0; i < 3; ++i) {
            send("events", key("In"), {.body = body, .content_type = "application/cbor"});
        }
        for (int i = 0; i < 3; ++i) EXPECT_TRUE(probe().take(heard, 20s).body == body);

        EXPECT_EQ(run.stop(), 0) << log.text();
        EXPECT_EQ(service.ready, 1) << log.text();
        EXPECT_EQ(probe().message_count(name + ".events"), 0u);
    }
};

constexpr std::size_t large_bytes = 4u << 20;

TEST_F(ServiceSizes, four_mebibytes_go_both_ways) { echo_through(broker.url(), large_bytes); }

TEST_F(ServiceSizes, four_mebibytes_go_both_ways_in_frames_of_the_smallest_size) {
    echo_through(broker.url() + "?frame_max=4096", large_bytes);
}

TEST_F(ServiceSizes, small_messages_go_both_ways_in_frames_of_the_smallest_size) {
    echo_through(broker.url() + "?frame_max=4096", 100);
}

TEST_F(ServiceSizes, a_peer_may_send_one_byte_at_a_time) {
    Proxy proxy(broker.url());
    proxy.dribble(true);
    echo_through(proxy.url(), 5'000);
}

}  // namespace
}  // namespace eventail::test
