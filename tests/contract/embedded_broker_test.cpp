// A running embedded broker's services to a test.
#include "contract/service_fixture.hpp"
#include <eventail/broker.hpp>
#include <eventail/endpoint.hpp>
#include <eventail/error.hpp>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <stdexcept>

namespace eventail {
namespace {

using test::eventually;
using test::Supervised;
using test::Tested;
using namespace std::chrono_literals;

BrokerPolicy dead_letters() {
    return {.name = "DLX", .pattern = "\\.(events|commands)$", .dead_letter_exchange = "am-dlx"};
}

class EmbeddedBrokerTest : public testing::Test {
protected:
    ServiceOptions service_options(const std::string& name = "tester") const {
        return {.amqp_urls = {broker_.url()},
                .logical_service = name,
                .retry_delay = 10ms,
                .max_reconnect_delay = 20ms,
                .handle_signals = false};
    }
    EndpointOptions endpoint_options() const {
        return {.amqp_urls = {broker_.url()}, .logical_service = "clock"};
    }
    std::optional<BrokerQueue> queue(std::string_view name) const {
        const auto queues = broker_.queues();
        const auto found = std::ranges::find(queues, name, &BrokerQueue::name);
        if (found == queues.end()) return std::nullopt;
        return *found;
    }
    std::size_t ready_count(std::string_view name) const { return queue(name)->ready_count; }

    EmbeddedBroker broker_;
};

/// A connection that sends given bytes.
class RawClient {
public:
    explicit RawClient(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address = {};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        const int status =
            ::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address);
        EXPECT_EQ(status, 0);
    }
    RawClient(const RawClient&) = delete;
    RawClient& operator=(const RawClient&) = delete;
    ~RawClient() { ::close(fd_); }

    void send(std::string_view bytes) const {
        EXPECT_EQ(::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL),
                  static_cast<ssize_t>(bytes.size()));
    }
    /// Everything until the broker closes.
    std::string read_to_end() const {
        std::string all;
        std::array<char, 4096> part = {};
        while (true) {
            const ssize_t count = ::recv(fd_, part.data(), part.size(), 0);
            if (count <= 0) return all;
            all.append(part.data(), static_cast<std::size_t>(count));
        }
    }

private:
    int fd_;
};

TEST_F(EmbeddedBrokerTest, a_service_gets_what_an_endpoint_publishes) {
    std::atomic<int> count = 0;
    Tested service(service_options());
    service.on_event("Ticked", [&](const Event&) { ++count; });
    Supervised running(service);
    ASSERT_TRUE(eventually([&] { return service.ready == 1; }));
    Endpoint endpoint(endpoint_options());

    for (int i = 0; i < 100; ++i) endpoint.publish_event("Ticked", {{"n", i}});

    EXPECT_TRUE(eventually([&] { return count == 100; }));
    EXPECT_TRUE(eventually([&] { return queue("tester.events")->unacknowledged_count == 0; }));
    EXPECT_EQ(ready_count("tester.events"), 0u);
    EXPECT_EQ(running.stop(), 0);
}

TEST_F(EmbeddedBrokerTest, a_consumer_gets_more_than_can_be_written_at_once) {
    constexpr int count = 3'000;
    broker_.declare_queue("q");
    test::Probe probe(broker_.url());
    const std::string body(5'000, 'x');
    for (int i = 0; i < count; ++i) probe.publish("", "q", {}, body);

    test::Probe consumer(broker_.url());
    consumer.consume("q");
    int received = 0;
    while (received < count && consumer.next(5s)) ++received;

    EXPECT_EQ(received, count);
}

TEST_F(EmbeddedBrokerTest, lists_bindings_and_purges) {
    broker_.declare_exchange("events");
    broker_.declare_queue("q", "events", {"a.*", "b.#"});
    Endpoint(endpoint_options()).publish_event("a.x", {{"n", 1}});

    const auto bindings = broker_.bindings();
    const auto is_ours = [](const BrokerBinding& binding) { return binding.exchange == "events"; };
    EXPECT_EQ(std::ranges::count_if(bindings, is_ours), 2);
    EXPECT_EQ(broker_.peek("q").at(0).routing_key, "a.x");
    EXPECT_EQ(broker_.purge("q"), 1u);
    EXPECT_EQ(ready_count("q"), 0u);
    EXPECT_THROW(broker_.purge("missing"), std::out_of_range);
}

TEST_F(EmbeddedBrokerTest, shows_content_headers_and_properties_of_what_a_service_published) {
    broker_.declare_exchange("events");
    broker_.declare_queue("q", "events", {"Arrived"});
    Endpoint endpoint(endpoint_options());
    endpoint.publish_event("Arrived", {{"name", "Ada"}, {"bags", Value::list({1, 2})}});
    endpoint.set_encoding(Encoding::json);
    endpoint.publish_event("Arrived", {{"name", "Grace"}});

    const BrokerMessages seen = broker_.peek("q");

    ASSERT_EQ(seen.size(), 2u);
    const Payload first = seen[0].payload();
    const Payload second = seen[1].payload();
    EXPECT_EQ(seen[0].content_type, "application/cbor");
    EXPECT_EQ(first["name"].get<std::string>(), "Ada");
    EXPECT_EQ(first["bags"][1].get<int>(), 2);
    EXPECT_FALSE(seen[0].headers["conversation_id"].get<std::string>().empty());
    EXPECT_FALSE(seen[0].message_id.empty());
    EXPECT_EQ(seen[0].app_id, "clock");
    EXPECT_TRUE(seen[0].timestamp);
    EXPECT_EQ(seen[1].content_type, "application/json");
    EXPECT_EQ(second["name"].get<std::string>(), "Grace");
}

TEST_F(EmbeddedBrokerTest, shows_the_death_of_a_message_in_its_headers) {
    broker_.declare_queue("dead");
    broker_.set_policy({.name = "short",
                        .pattern = "^short$",
                        .dead_letter_exchange = "",
                        .dead_letter_routing_key = "dead",
                        .max_length = 0});
    broker_.declare_queue("short");
    test::Probe probe(broker_.url());
    probe.publish("", "short", {.delivery_mode = std::uint8_t{2}, .priority = std::uint8_t{3}},
                  "not CBOR");
    ASSERT_TRUE(eventually([this] { return ready_count("dead") == 1; }));

    const BrokerMessage letter = broker_.peek("dead").at(0);

    EXPECT_EQ(letter.headers["x-death"][0]["queue"].get<std::string>(), "short");
    EXPECT_EQ(letter.headers["x-death"][0]["count"].get<int>(), 1);
    EXPECT_TRUE(letter.is_persistent);
    EXPECT_EQ(letter.priority, 3);
    EXPECT_THROW(letter.payload(), Error);
}

TEST_F(EmbeddedBrokerTest, says_how_many_messages_it_does_not_show) {
    broker_.declare_queue("q");
    test::Probe probe(broker_.url());
    for (int i = 0; i < 5; ++i) probe.publish("", "q", {}, "x");
    ASSERT_TRUE(eventually([this] { return ready_count("q") == 5; }));

    EXPECT_EQ(broker_.peek("q", 2).size(), 2u);
    EXPECT_EQ(broker_.peek("q", 2).further_count, 3u);
    EXPECT_EQ(broker_.peek("q", 5).further_count, 0u);
}

TEST_F(EmbeddedBrokerTest, a_message_whose_handler_throws_twice_is_dead_lettered_by_policy) {
    broker_.declare_exchange("am-dlx");
    broker_.declare_queue("dead", "am-dlx", {"#"});
    broker_.set_policy(dead_letters());
    Tested service(service_options());
    service.on_event("Ticked", [](const Event&) { throw std::runtime_error("no"); });
    Supervised running(service);
    ASSERT_TRUE(eventually([&] { return service.ready == 1; }));

    Endpoint(endpoint_options()).publish_event("Ticked", {{"n", 1}});

    EXPECT_TRUE(eventually([&] { return ready_count("dead") == 1; }));
    EXPECT_EQ(running.stop(), 0);
}

TEST_F(EmbeddedBrokerTest, services_come_back_after_every_fault_of_their_connections) {
    Tested service(service_options());
    service.on_event("Ticked", [](const Event&) {});
    Supervised running(service);
    int expected = 1;
    ASSERT_TRUE(eventually([&] { return service.ready == expected; }));

    broker_.close_connections("because");
    EXPECT_TRUE(eventually([&] { return service.ready == expected + 1; }));
    broker_.cut_connections();
    EXPECT_TRUE(eventually([&] { return service.ready == expected + 2; }));
    broker_.restart();
    EXPECT_TRUE(eventually([&] { return service.ready == expected + 3; }));
    broker_.cancel_consumers("tester.events");
    EXPECT_TRUE(eventually([&] { return service.ready == expected + 4; }));
    EXPECT_EQ(running.stop(), 0);
}

TEST_F(EmbeddedBrokerTest, a_restart_keeps_what_is_durable) {
    broker_.declare_exchange("events");
    broker_.declare_queue("q", "events", {"#"});
    Endpoint endpoint(endpoint_options());
    endpoint.publish_event("Ticked", {{"n", 1}});

    broker_.restart();

    EXPECT_EQ(ready_count("q"), 1u);
    EXPECT_TRUE(broker_.connections().empty());
    endpoint.publish_event("Ticked", {{"n", 2}});
    EXPECT_EQ(ready_count("q"), 2u);
}

TEST_F(EmbeddedBrokerTest, a_publisher_waits_while_the_alarm_is_on) {
    broker_.declare_exchange("events");
    broker_.declare_queue("q", "events", {"#"});
    broker_.raise_alarm();
    std::atomic<bool> is_done = false;
    std::thread publisher([&] {
        Endpoint(endpoint_options()).publish_event("Ticked", {{"n", 1}});
        is_done = true;
    });
    const auto is_blocked = [&] {
        return std::ranges::any_of(broker_.connections(), &BrokerConnection::is_blocked);
    };
    EXPECT_TRUE(eventually(is_blocked));
    EXPECT_FALSE(is_done);
    EXPECT_EQ(ready_count("q"), 0u);

    broker_.clear_alarm();
    publisher.join();

    EXPECT_EQ(ready_count("q"), 1u);
}

TEST_F(EmbeddedBrokerTest, a_confirm_that_was_cut_off_makes_the_endpoint_send_again) {
    broker_.declare_exchange("events");
    broker_.declare_queue("q", "events", {"#"});
    Endpoint endpoint(endpoint_options());
    endpoint.publish_event("Ticked", {{"n", 1}});
    broker_.set_faults({.cut_after_frames_read = 3});
    std::thread repair([&] {
        EXPECT_TRUE(eventually([&] { return ready_count("q") == 2; }));
        broker_.clear_faults();
    });

    endpoint.publish_event("Ticked", {{"n", 2}});
    repair.join();

    EXPECT_GE(ready_count("q"), 3u);
}

TEST_F(EmbeddedBrokerTest, refused_connections_are_let_in_again) {
    broker_.refuse_connections();
    const RawClient client(broker_.port());
    EXPECT_EQ(client.read_to_end(), "");

    broker_.refuse_connections(false);

    EXPECT_NO_THROW(Endpoint(endpoint_options()).publish_event("Ticked", {{"n", 1}}));
}

TEST_F(EmbeddedBrokerTest,
       a_client_of_another_protocol_is_answered_and_dropped_and_nobody_else_notices) {
    broker_.declare_exchange("events");
    Endpoint endpoint(endpoint_options());
    endpoint.publish_event("Ticked", {{"n", 1}});

    const RawClient client(broker_.port());
    client.send("GET / HTTP/1.1\r\n\r\n");

    EXPECT_EQ(client.read_to_end(), std::string("AMQP\0\0\x09\x01", 8));
    EXPECT_NO_THROW(endpoint.publish_event("Ticked", {{"n", 2}}));
    EXPECT_EQ(broker_.connections().size(), 1u);
}

TEST(EmbeddedBrokerLog, that_throws_is_not_called_again_and_costs_no_connection) {
    std::atomic<int> call_count = 0;
    EmbeddedBroker broker({.log = [&](std::string_view) {
        ++call_count;
        throw std::runtime_error("the disk is full");
    }});
    Endpoint endpoint({.amqp_urls = {broker.url()}, .logical_service = "clock"});

    endpoint.publish_event("Ticked", {{"count", 1}});

    EXPECT_EQ(call_count, 1);
}

}  // namespace
}  // namespace eventail
