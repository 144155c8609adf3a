// Large messages both ways, with and without TLS; the smallest frames; and a peer that sends one
// byte at a time.
#include "contract/service_fixture.hpp"
#include "support/proxy.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace eventail::test {
namespace {

/// Publishes the binary of every In as Out.
class ServiceSizes : public ServiceTest {
protected:
    /// The service uses one url, its peer the other.
    void echo_through(const std::string& url, std::size_t size_bytes, const std::string& peer_url) {
        std::vector<std::byte> content(size_bytes);
        for (std::size_t i = 0; i < size_bytes; ++i) content[i] = std::byte(i * 31 >> 3);
        Probe peer(peer_url);
        const std::string heard =
            peer.declare_queue("", {.is_durable = false, .is_exclusive = true});
        peer.bind(heard, "events", key("Out"));
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
        wire::Table headers;
        headers.set("conversation_id", "c-1");
        for (int i = 0; i < 3; ++i) {
            peer.publish("events", key("In"),
                         {.content_type = "application/cbor",
                          .headers = headers.view(),
                          .delivery_mode = std::uint8_t{2}},
                         body);
        }
        for (int i = 0; i < 3; ++i) EXPECT_TRUE(peer.take(heard, 20s).body == body);

        EXPECT_EQ(run.stop(), 0) << log.text();
        EXPECT_EQ(service.ready, 1) << log.text();
        EXPECT_EQ(peer.message_count(name + ".events"), 0u);
    }
    void echo_through(const std::string& url, std::size_t size_bytes) {
        echo_through(url, size_bytes, broker.url());
    }
};

constexpr std::size_t large_bytes = 4u << 20;

TEST_F(ServiceSizes, four_mebibytes_go_both_ways) { echo_through(broker.url(), large_bytes); }

TEST_F(ServiceSizes, four_mebibytes_go_both_ways_in_frames_of_the_smallest_size) {
    echo_through(broker.url() + "?frame_max=4096", large_bytes);
}

TEST_F(ServiceSizes, four_mebibytes_go_both_ways_through_tls) {
    const std::string url = broker.tls_url();
    if (url.empty()) GTEST_SKIP() << "the broker does not listen for TLS";
    echo_through(url, large_bytes, url);
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
