// Properties and headers become metadata.
#include "unit/bus/arrivals.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <limits>
#include <string>
#include <vector>

namespace eventail::bus {
namespace {

using namespace test;
using wire::as_bytes;

TEST(Interpret, properties_reach_the_handler_as_metadata) {
    Arrival arrival;
    arrival.delivery.redelivered = true;
    arrival.delivery.properties.timestamp = 1'700'000'000;
    arrival.delivery.properties.expiration = "60000";
    arrival.delivery.properties.user_id = "guest";
    arrival.delivery.properties.app_id = "pong";
    arrival.delivery.properties.message_id = "m-1";

    const Metadata metadata = arrival.as<Event>(Source::events).metadata;

    EXPECT_EQ(metadata.timestamp->time_since_epoch().count(), 1'700'000'000);
    EXPECT_EQ(metadata.expiration, "60000");
    EXPECT_EQ(metadata.user_id, "guest");
    EXPECT_EQ(metadata.app_id, "pong");
    EXPECT_EQ(metadata.message_id, "m-1");
    EXPECT_TRUE(metadata.is_redelivered);
}

TEST(Interpret, the_delivery_count_of_a_quorum_queue_reaches_the_handler_as_metadata) {
    const auto count_of = [](Arrival arrival) {
        return arrival.as<Event>(Source::events).metadata.delivery_count;
    };
    Arrival first;
    Arrival failed;
    failed.headers.set("x-delivery-count", 3);
    Arrival acquired = failed;
    acquired.headers.set("x-acquired-count", 5);
    Arrival negative;
    negative.headers.set("x-delivery-count", -1);
    Arrival no_number;
    no_number.headers.set("x-delivery-count", "often");

    EXPECT_EQ(count_of(first), std::nullopt);
    EXPECT_EQ(count_of(failed), 3u);
    EXPECT_EQ(count_of(acquired), 5u);
    EXPECT_EQ(count_of(negative), std::nullopt);
    EXPECT_EQ(count_of(no_number), std::nullopt);
}

TEST(Interpret, a_timestamp_that_no_clock_can_express_is_none) {
    Arrival milliseconds;
    milliseconds.delivery.properties.timestamp = 1'700'000'000'000;
    Arrival huge;
    huge.delivery.properties.timestamp = std::numeric_limits<std::uint64_t>::max();

    EXPECT_EQ(milliseconds.as<Event>(Source::events).metadata.timestamp, std::nullopt);
    EXPECT_EQ(huge.as<Event>(Source::events).metadata.timestamp, std::nullopt);
}

TEST(Interpret, further_headers_of_every_type_reach_the_handler) {
    using namespace std::string_literals;
    const std::string ours =
        "\x01tt\x01"
        "\x01I"
        "I\xff\xff\xff\xfe"
        "\x01"
        "d"
        "d\x3f\xe0\0\0\0\0\0\0"
        "\x01"
        "f"
        "f\x3f\0\0\0"
        "\x01"
        "D"
        "D\x02\0\0\x01\x3a"
        "\x01"
        "S"
        "S\0\0\0\x02hi"
        "\x01"
        "b"
        "S\0\0\0\x01\xff"
        "\x01"
        "x"
        "x\0\0\0\x01z"
        "\x01T"
        "T\0\0\0\0\0\0\0\x05"
        "\x01V"
        "V"
        "\x01"
        "A"
        "A\0\0\0\x04t\0"
        "B\x07"
        "\x01"
        "F"
        "F\0\0\0\x04\x01kt\x01"
        "\x01\xff"
        "t\x01"
        "\x06status"
        "S\0\0\0\x04kept"
        "\x0f"
        "conversation_id"
        "S\0\0\0\x01"
        "c"s;
    Arrival arrival;
    arrival.headers = wire::Table(wire::TableView::parse(as_bytes(ours)));

    const Payload headers = arrival.as<Event>(Source::events).metadata.headers;

    EXPECT_EQ(headers.size(), 12U);
    EXPECT_TRUE(headers["t"].get<bool>());
    EXPECT_EQ(headers["I"].get<int>(), -2);
    EXPECT_EQ(headers["d"].get<double>(), 0.5);
    EXPECT_EQ(headers["f"].get<double>(), 0.5);
    EXPECT_EQ(headers["D"].get<double>(), 3.14);
    EXPECT_EQ(headers["S"].get<std::string>(), "hi");
    EXPECT_EQ(headers["b"].get<std::vector<std::byte>>(), std::vector{std::byte{0xff}});
    EXPECT_EQ(headers["x"].get<std::vector<std::byte>>(), std::vector{std::byte{'z'}});
    EXPECT_EQ(headers["T"].get<unsigned>(), 5U);
    EXPECT_TRUE(headers["V"].is_null());
    EXPECT_EQ(headers["A"].size(), 2U);
    EXPECT_EQ(headers["A"][1].get<int>(), 7);
    EXPECT_TRUE(headers["F"]["k"].get<bool>());
}

}  // namespace
}  // namespace eventail::bus
