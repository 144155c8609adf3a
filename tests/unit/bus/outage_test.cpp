// How often connections that are lost, not made, or back are reported.
#include "bus/outage.hpp"

#include <gmock/gmock.h>

#include <chrono>
#include <string>
#include <vector>

namespace eventail::bus {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Lines = std::vector<std::string>;

class OutageTest : public ::testing::Test {
protected:
    void fails(std::string_view why = "amqp://a: refused", std::size_t url = 0) {
        outage.attempt(LinkId::consuming, now);
        outage.attempt(LinkId::publishing, now);
        keep(outage.failed(url, "consuming connection not made", why, now));
    }
    void loses(std::string_view why = "amqp://a: reset") {
        keep(outage.failed(0, "consuming connection lost", why, now));
    }
    void connects() {
        outage.attempt(LinkId::consuming, now);
        outage.attempt(LinkId::publishing, now);
        keep(outage.connected("amqp://a", now));
    }
    void passes(Duration duration) {
        now += duration;
        keep(outage.tick(now));
    }
    Lines takes_lines() { return std::exchange(lines_, {}); }

    Outage outage;
    TimePoint now = TimePoint{} + 1h;

private:
    void keep(std::optional<Notice> notice) {
        if (!notice) return;
        lines_.push_back((notice->severity == Severity::info ? "INFO " : "WARNING ") +
                         notice->text);
    }

    Lines lines_;
};

TEST_F(OutageTest, a_first_connection_is_one_line) {
    connects();
    connects();

    EXPECT_THAT(takes_lines(), ElementsAre("INFO connected to amqp://a"));
}

TEST_F(OutageTest, a_broker_that_comes_late_is_a_line_at_first_and_one_in_the_end) {
    for (int i = 0; i < 4; ++i) {
        fails();
        passes(2s);
    }
    connects();

    EXPECT_THAT(takes_lines(),
                ElementsAre("WARNING consuming connection not made: amqp://a: refused",
                            "INFO connected to amqp://a after 8.0 s, 5 attempts"));
}

TEST_F(OutageTest, an_outage_is_a_line_at_first_and_one_in_the_end) {
    connects();
    passes(1min);
    takes_lines();

    loses();
    passes(300ms);
    for (int i = 0; i < 4; ++i) {
        fails();
        passes(1750ms);
    }
    connects();

    EXPECT_THAT(takes_lines(),
                ElementsAre("WARNING consuming connection lost: amqp://a: reset",
                            "INFO connected again to amqp://a after 7.3 s, 5 attempts"));
}

TEST_F(OutageTest, one_that_lasts_is_spoken_of_at_growing_intervals) {
    std::vector<long> said_after;
    const TimePoint began = now;
    for (; now < began + 1h; now += 1s) {
        fails();
        if (!takes_lines().empty()) said_after.push_back((now - began) / 1s);
    }

    EXPECT_THAT(said_after, ElementsAre(0, 10, 30, 70, 150, 310, 630, 1230, 1830, 2430, 3030));
}

TEST_F(OutageTest, every_url_has_its_latest_reason_in_a_later_line) {
    fails("amqp://a: refused", 0);
    fails("amqp://b: no such host", 1);
    fails("amqp://a: reset", 0);
    takes_lines();
    passes(10s);

    fails("amqp://b: no route", 1);

    EXPECT_THAT(takes_lines(), ElementsAre("WARNING not connected for 10.0 s, 4 attempts: "
                                           "amqp://a: reset | amqp://b: no route"));
}

TEST_F(OutageTest, connections_that_do_not_last_are_not_two_lines_each) {
    connects();
    passes(1h);
    takes_lines();

    for (int i = 0; i < 100; ++i) {
        loses();
        passes(100ms);
        connects();
        passes(100ms);
    }

    EXPECT_THAT(takes_lines(),
                ElementsAre("WARNING consuming connection lost: amqp://a: reset",
                            "INFO connected again to amqp://a after 0.1 s, 1 attempt",
                            "WARNING consuming connection lost: amqp://a: reset"));
    EXPECT_TRUE(outage.next_deadline());
    passes(10s);
    EXPECT_THAT(
        takes_lines(),
        ElementsAre("INFO connected again to amqp://a 10.1 s ago, after 19.9 s, 100 attempts"));
    EXPECT_FALSE(outage.next_deadline());
}

TEST_F(OutageTest, connections_that_we_close_are_no_outage) {
    connects();
    outage.closed();
    passes(1h);
    connects();

    EXPECT_THAT(takes_lines(),
                ElementsAre("INFO connected to amqp://a", "INFO connected to amqp://a"));
}

TEST_F(OutageTest, a_loss_after_a_time_that_lasted_is_an_outage_of_its_own) {
    for (int i = 0; i < 2; ++i) {
        connects();
        passes(10s);
        takes_lines();

        loses();

        EXPECT_EQ(takes_lines(), Lines{"WARNING consuming connection lost: amqp://a: reset"});
        passes(1s);
    }
}

}  // namespace
}  // namespace eventail::bus
