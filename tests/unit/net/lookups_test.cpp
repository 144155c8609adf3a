// Hanging look-ups are shared; their results reach everyone who waits.
#include "net/lookups.hpp"

#include "net/resolver.hpp"
#include "support/slow_names.hpp"

#include <gtest/gtest.h>

#include <poll.h>

#include <future>
#include <memory>
#include <string>
#include <vector>

namespace eventail::net {
namespace {

using test::SlowNames;

void wait_for(const Waiter& waiter) {
    pollfd request = {waiter.fd(), POLLIN, 0};
    ASSERT_EQ(::poll(&request, 1, 10000), 1);
}

TEST(Lookups, one_that_hangs_is_joined_by_all_that_ask_for_the_same) {
    SlowNames names;
    const auto first = names.lookups().start("broker", 5672);
    std::vector<std::shared_ptr<Waiter>> others;
    for (int i = 0; i < 100; ++i) others.push_back(names.lookups().start("broker", 5672));

    names.answer("not there");

    wait_for(*first);
    for (const auto& each : others) {
        wait_for(*each);
        EXPECT_EQ(each->take().failure, "not there");
    }
    EXPECT_EQ(names.asked_for(), std::vector<std::string>{"broker"});
}

TEST(Lookups, one_that_everybody_has_left_is_joined_as_well) {
    SlowNames names;
    names.lookups().start("broker", 5672).reset();

    const auto later = names.lookups().start("broker", 5672);
    names.answer("not there");

    wait_for(*later);
    EXPECT_EQ(names.asked_for(), std::vector<std::string>{"broker"});
}

TEST(Lookups, one_that_has_ended_is_begun_anew) {
    SlowNames names;
    names.answer("not there");
    wait_for(*names.lookups().start("broker", 5672));

    wait_for(*names.lookups().start("broker", 5672));

    EXPECT_EQ(names.asked_for(), (std::vector<std::string>{"broker", "broker"}));
}

TEST(Lookups, another_name_or_port_does_not_wait_for_it) {
    SlowNames names;
    const auto one = names.lookups().start("broker-1", 5672);
    const auto two = names.lookups().start("broker-2", 5672);
    const auto three = names.lookups().start("broker-2", 5673);

    names.answer("not there");

    for (const auto& each : {one, two, three}) wait_for(*each);
    EXPECT_EQ(names.asked_for().size(), 3u);
}

TEST(Lookups, a_resolver_gives_what_they_found) {
    std::promise<void> gate;
    Lookups lookups(
        [opened = gate.get_future().share()](const std::string& host, std::uint16_t port) {
            opened.wait();
            return host == "broker" ? look_up("127.0.0.1", port) : Resolution{.failure = "unknown"};
        });
    Resolver resolver(&lookups);

    const bool is_done_at_once = resolver.start("broker", 5672);
    gate.set_value();
    pollfd request = {resolver.fd(), POLLIN, 0};
    ASSERT_EQ(::poll(&request, 1, 10000), 1);

    EXPECT_FALSE(is_done_at_once);
    ASSERT_TRUE(resolver.is_done());
    EXPECT_EQ(to_text(resolver.take().addresses.at(0)), "127.0.0.1");
}

}  // namespace
}  // namespace eventail::net
