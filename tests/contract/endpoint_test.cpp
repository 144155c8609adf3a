#include "support/broker.hpp"
#include "support/loopback_peer.hpp"
#include "support/probe.hpp"
#include <eventail/endpoint.hpp>

#include <gtest/gtest.h>

#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <future>
#include <string>
#include <thread>

namespace eventail {
namespace {

using namespace std::chrono_literals;
using test::Broker;
using test::Probe;
using test::RawMessage;
using Clock = std::chrono::steady_clock;

class EndpointTest : public testing::Test {
protected:
    EndpointOptions options() const {
        return {.amqp_urls = {broker_.url()}, .logical_service = "clock"};
    }
    /// A queue of this test that receives all messages with this key.
    std::string queue_for(std::string_view exchange, std::string_view key) {
        const std::string queue =
            probe_.declare_queue("", {.is_durable = false, .is_exclusive = true});
        probe_.bind(queue, exchange, key);
        return queue;
    }

    Broker& broker_ = Broker::shared();
    Probe probe_{broker_.url()};
};

template <typename Call>
Error error_of(Call call) {
    try {
        call();
    } catch (const Error& error) {
        return error;
    }
    return {std::error_code(), "no error"};
}

std::string refusing_url() {
    return "amqp://clock:secret@127.0.0.1:" + std::to_string(test::refusing_port());
}

TEST_F(EndpointTest, an_event_is_in_the_queue_when_the_call_returns) {
    const std::string queue = queue_for("events", "endpoint.Ticked");
    Endpoint endpoint(options());

    endpoint.publish_event("endpoint.Ticked", {{"tick", 1}}, {.conversation_id = "case 7"});

    const auto message = probe_.get(queue);
    ASSERT_TRUE(message);
    EXPECT_EQ(message->body, "\xA1\x64tick\x01");
    EXPECT_EQ(message->header("conversation_id"), "case 7");
    EXPECT_EQ(message->properties.content_type, "application/cbor");
    EXPECT_EQ(message->properties.delivery_mode, 2);
    EXPECT_EQ(message->properties.app_id, "clock");
    EXPECT_FALSE(message->message_id().empty());
}

TEST_F(EndpointTest, a_configuration_is_persistent_as_a_services_is) {
    const std::string queue = queue_for("configurations", "endpoint.Limits");
    Endpoint endpoint(options());

    endpoint.publish_configuration("endpoint.Limits", {{"limit", 10}});

    const auto message = probe_.get(queue);
    ASSERT_TRUE(message);
    EXPECT_EQ(message->routing_key, "endpoint.Limits");
    EXPECT_EQ(message->properties.delivery_mode, 2);
}

TEST_F(EndpointTest, each_publication_gets_a_conversation_and_a_message_id_of_its_own) {
    const std::string queue = queue_for("events", "endpoint.Ticked");
    Endpoint endpoint(options());

    endpoint.publish_event("endpoint.Ticked", nullptr);
    endpoint.publish_event("endpoint.Ticked", nullptr);

    const RawMessage first = probe_.take(queue);
    const RawMessage second = probe_.take(queue);
    EXPECT_FALSE(first.header("conversation_id")->empty());
    EXPECT_NE(first.header("conversation_id"), second.header("conversation_id"));
    EXPECT_NE(first.message_id(), second.message_id());
}

TEST_F(EndpointTest, json_is_sent_when_forced) {
    const std::string queue = queue_for("events", "endpoint.Ticked");
    Endpoint endpoint(options());
    endpoint.set_encoding(Encoding::json);

    endpoint.publish_event("endpoint.Ticked", {{"tick", 1}});

    const RawMessage message = probe_.take(queue);
    EXPECT_EQ(message.body, R"({"tick":1})");
    EXPECT_EQ(message.properties.content_type, "application/json");
}

TEST_F(EndpointTest, what_cannot_be_encoded_is_an_error_at_the_call) {
    Endpoint endpoint(options());
    endpoint.set_encoding(Encoding::json);

    const Error error = error_of([&] { endpoint.publish_event("endpoint.Ticked", std::nan("")); });

    EXPECT_EQ(error.code(), Errc::invalid_payload) << error.what();
}

TEST_F(EndpointTest, a_mandatory_event_that_no_queue_takes_is_an_error_and_not_retried) {
    Endpoint endpoint(options());

    const Error error =
        error_of([&] { endpoint.publish_event("endpoint.Nobody", nullptr, {.mandatory = true}); });

    EXPECT_EQ(error.code(), Errc::unroutable);
    EXPECT_EQ(std::string(error.what()),
              "event endpoint.Nobody: mandatory, but no queue receives it");
    EXPECT_NO_THROW(endpoint.publish_event("endpoint.Nobody", nullptr));
}

TEST_F(EndpointTest, a_nacked_event_goes_out_again_under_its_id_until_there_is_room) {
    // The witness receives every try, including tries that the full queue refuses.
    const std::string witness = queue_for("events", "endpoint.Full");
    const std::string full = probe_.declare_queue("endpoint.full");
    probe_.bind(full, "events", "endpoint.Full");
    broker_.set_policy("endpoint", "^endpoint[.]full$",
                       R"({"max-length":1,"overflow":"reject-publish"})");
    Endpoint endpoint(options());
    endpoint.publish_event("endpoint.Full", 1);
    probe_.take(witness);

    // A quorum queue takes some more than its limit.
    Error error = error_of([] {});
    for (int more = 0; more < 20 && !error.code(); ++more) {
        error = error_of([&] { endpoint.publish_event("endpoint.Full", 2, {.max_retries = 0}); });
        probe_.take(witness);
    }
    auto waiting =
        std::async(std::launch::async, [&] { endpoint.publish_event("endpoint.Full", 3); });
    const RawMessage first_try = probe_.take(witness);
    const RawMessage second_try = probe_.take(witness);
    probe_.purge_queue(full);
    waiting.get();

    EXPECT_EQ(error.code(), Errc::not_sent);
    EXPECT_NE(std::string(error.what()).find("nack"), std::string::npos) << error.what();
    const RawMessage delivered = probe_.take(full);
    EXPECT_EQ(first_try.message_id(), second_try.message_id());
    EXPECT_EQ(first_try.message_id(), delivered.message_id());
    EXPECT_EQ(first_try.properties, delivered.properties);
    EXPECT_EQ(delivered.body, "\x03");
    broker_.clear_policy("endpoint");
    probe_.delete_queue(full);
}

TEST_F(EndpointTest, without_a_broker_two_retries_take_a_second_and_the_error_says_why) {
    const std::string url = refusing_url();
    Endpoint endpoint({url}, "clock");
    const Clock::time_point start = Clock::now();

    const Error error =
        error_of([&] { endpoint.publish_event("endpoint.Ticked", nullptr, {.max_retries = 2}); });

    const auto took = Clock::now() - start;
    EXPECT_GE(took, 1s);
    EXPECT_LT(took, 3s);
    EXPECT_EQ(error.code(), Errc::not_sent);
    const std::string text = error.what();
    EXPECT_TRUE(text.starts_with("event endpoint.Ticked: not confirmed after 3 tries (first 1."))
        << text;
    EXPECT_NE(text.find("amqp://clock@127.0.0.1:"), std::string::npos) << text;
    EXPECT_NE(text.find("connection refused"), std::string::npos) << text;
    EXPECT_EQ(text.find("secret"), std::string::npos) << text;
}

TEST_F(EndpointTest, each_try_goes_through_the_urls_again_as_often_as_asked) {
    Endpoint endpoint({refusing_url(), refusing_url()}, "clock", 1);
    const Clock::time_point start = Clock::now();

    const Error error =
        error_of([&] { endpoint.publish_event("endpoint.Ticked", nullptr, {.max_retries = 0}); });

    EXPECT_GE(Clock::now() - start, 1s);
    EXPECT_EQ(error.code(), Errc::not_sent);
}

TEST_F(EndpointTest, a_url_that_does_not_answer_is_followed_by_the_next_in_the_same_try) {
    const std::string queue = queue_for("events", "endpoint.Ticked");
    Endpoint endpoint({refusing_url(), broker_.url()}, "clock");

    endpoint.publish_event("endpoint.Ticked", nullptr, {.max_retries = 0});

    EXPECT_EQ(probe_.message_count(queue), 1u);
}

TEST_F(EndpointTest, a_refused_login_is_an_error_at_once_even_with_retries_for_ever) {
    Endpoint endpoint({broker_.url_with("guest:wrong")}, "clock");
    const Clock::time_point start = Clock::now();

    const Error error = error_of([&] { endpoint.publish_event("endpoint.Ticked", nullptr); });

    EXPECT_LT(Clock::now() - start, 5s);
    EXPECT_EQ(error.code(), Errc::access_refused);
    EXPECT_NE(std::string(error.what()).find("amqp://guest@127.0.0.1:"), std::string::npos);
    EXPECT_EQ(std::string(error.what()).find("wrong"), std::string::npos) << error.what();
}

TEST_F(EndpointTest, a_missing_virtual_host_is_an_error_at_once) {
    Endpoint endpoint({broker_.url_with("guest:guest", "missing")}, "clock");

    const Error error = error_of([&] { endpoint.publish_event("endpoint.Ticked", nullptr); });

    EXPECT_EQ(error.code(), Errc::access_refused);
    EXPECT_NE(std::string(error.what()).find("missing"), std::string::npos) << error.what();
}

TEST_F(EndpointTest, missing_permissions_are_errors_at_once_and_harm_nobody_else) {
    const std::string queue = queue_for("events", "endpoint.Ticked");
    broker_.add_user("endpoint_reader", "secret", {.configure = "^$"});
    broker_.add_user("endpoint_writer", "secret", {.write = "^events$"});
    Endpoint undeclaring({broker_.url_with("endpoint_reader:secret")}, "clock");
    const Error on_declare =
        error_of([&] { undeclaring.publish_event("endpoint.Ticked", nullptr); });
    Endpoint endpoint({broker_.url_with("endpoint_writer:secret")}, "clock");

    const Error on_publish =
        error_of([&] { endpoint.publish_configuration("endpoint.Limits", nullptr); });
    endpoint.publish_event("endpoint.Ticked", nullptr, {.max_retries = 0});

    EXPECT_EQ(on_declare.code(), Errc::access_refused) << on_declare.what();
    EXPECT_EQ(on_publish.code(), Errc::access_refused) << on_publish.what();
    EXPECT_EQ(probe_.message_count(queue), 1u);
    broker_.delete_user("endpoint_reader");
    broker_.delete_user("endpoint_writer");
}

TEST_F(EndpointTest, logs_come_without_any_publication) {
    const std::string queue = queue_for("logs", "clock.#");
    Endpoint endpoint(options());

    endpoint.log(Severity::notice, "hello", {.fields = {{"colour", "blue"}}});

    const RawMessage record = probe_.take(queue);
    EXPECT_EQ(record.routing_key, "clock.NOTICE");
    EXPECT_NE(record.body.find(R"("short_message":"hello")"), std::string::npos) << record.body;
    EXPECT_NE(record.body.find(R"("_colour":"blue")"), std::string::npos) << record.body;
}

TEST_F(EndpointTest, logs_that_wait_are_sent_before_it_ends) {
    const std::string queue = queue_for("logs", "clock.#");

    {
        Endpoint endpoint(options());
        for (int i = 0; i < 100; ++i) endpoint.log(Severity::info, "one of many");
    }

    EXPECT_EQ(probe_.message_count(queue), 100u);
}

TEST_F(EndpointTest, logging_and_ending_do_not_wait_for_a_broker_that_is_not_there) {
    const Clock::time_point start = Clock::now();

    {
        Endpoint endpoint({refusing_url()}, "clock");
        // More than the endpoint keeps. Waiting for this broker would never end, so the deadlines
        // only have to allow for a sanitizer on a slow machine.
        for (int i = 0; i < 2000; ++i) endpoint.log(Severity::info, std::string(1000, 'x'));
        EXPECT_LT(Clock::now() - start, 30s);
    }

    EXPECT_LT(Clock::now() - start, 60s);
}

TEST_F(EndpointTest, an_idle_endpoint_keeps_its_connection_by_heartbeats) {
    EndpointOptions chosen = options();
    chosen.logical_service = "endpoint_heart";
    chosen.heartbeat = 2s;
    Endpoint endpoint(chosen);
    endpoint.publish_event("endpoint.Ticked", nullptr);
    const auto before = broker_.connections("endpoint_heart");

    std::this_thread::sleep_for(7s);
    endpoint.publish_event("endpoint.Ticked", nullptr, {.max_retries = 0});

    EXPECT_EQ(before.size(), 1u);
    EXPECT_EQ(broker_.connections("endpoint_heart"), before);
}

TEST_F(EndpointTest, it_connects_again_for_the_next_publication) {
    Endpoint endpoint(options());
    endpoint.publish_event("endpoint.Ticked", nullptr);

    broker_.close_connections("by an operator");

    // The broker's close may be under way, and that try may be lost with the connection.
    EXPECT_NO_THROW(endpoint.publish_event("endpoint.Ticked", nullptr, {.max_retries = 1}));
}

TEST_F(EndpointTest, it_works_through_tls) {
    const std::string url = broker_.tls_url();
    if (url.empty()) GTEST_SKIP() << "the broker does not listen for TLS";
    Probe probe(url);
    const std::string queue = probe.declare_queue("", {.is_durable = false, .is_exclusive = true});
    probe.bind(queue, "events", "endpoint.Ticked");
    Endpoint endpoint({url}, "clock");

    endpoint.publish_event("endpoint.Ticked", nullptr, {.max_retries = 0});

    EXPECT_EQ(probe.message_count(queue), 1u);
}

TEST_F(EndpointTest, the_child_of_a_fork_is_refused_and_leaves_the_connection_alone) {
    auto endpoint = std::make_unique<Endpoint>(options());
    endpoint->publish_event("endpoint.Ticked", nullptr);

    const pid_t child = ::fork();
    if (child == 0) {
        const Error error = error_of([&] { endpoint->publish_event("endpoint.Ticked", nullptr); });
        endpoint->log(Severity::info, "from the child");
        endpoint.reset();
        ::_exit(error.code() == Errc::forked ? 0 : 1);
    }
    int status = -1;
    ASSERT_EQ(::waitpid(child, &status, 0), child);

    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    EXPECT_NO_THROW(endpoint->publish_event("endpoint.Ticked", nullptr, {.max_retries = 0}));
}

}  // namespace
}  // namespace eventail
