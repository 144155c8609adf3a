#include "net/resolver.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace eventail::net {
namespace {

Address address(const std::string& text) {
    Resolver resolver;
    resolver.start(text, 5672);
    return resolver.take().addresses.at(0);
}

std::vector<std::string> interleaved_texts(const std::vector<std::string>& texts) {
    std::vector<Address> addresses;
    for (const std::string& text : texts) addresses.push_back(address(text));
    std::vector<std::string> result;
    for (const Address& each : interleaved(addresses)) result.push_back(to_text(each));
    return result;
}

using Texts = std::vector<std::string>;

TEST(Resolver, a_literal_address_is_there_at_once) {
    for (const char* text : {"127.0.0.1", "::1", "2001:db8::7"}) {
        Resolver resolver;

        const bool is_done = resolver.start(text, 5672);

        EXPECT_TRUE(is_done && resolver.is_done());
        const Resolution found = resolver.take();
        ASSERT_EQ(found.addresses.size(), 1u) << found.failure;
        EXPECT_EQ(to_text(found.addresses[0]), text);
        EXPECT_FALSE(resolver.is_done());
    }
}

TEST(Resolver, families_take_turns_in_the_order_of_the_system) {
    EXPECT_EQ(interleaved_texts({"::1", "::2", "::3", "10.0.0.1", "10.0.0.2"}),
              (Texts{"::1", "10.0.0.1", "::2", "10.0.0.2", "::3"}));
    EXPECT_EQ(interleaved_texts({"10.0.0.2", "10.0.0.1", "::1"}),
              (Texts{"10.0.0.2", "::1", "10.0.0.1"}));
}

TEST(Resolver, a_repeated_address_is_tried_once) {
    EXPECT_EQ(interleaved_texts({"10.0.0.1", "10.0.0.1", "::1", "10.0.0.1"}),
              (Texts{"10.0.0.1", "::1"}));
}

TEST(Resolver, no_more_than_sixteen_addresses_are_kept) {
    Texts many;
    for (int i = 1; i <= 40; ++i) many.push_back("10.0.0." + std::to_string(i));

    EXPECT_EQ(interleaved_texts(many).size(), 16u);
}

TEST(Resolver, no_addresses_interleave_to_none) { EXPECT_TRUE(interleaved({}).empty()); }

}  // namespace
}  // namespace eventail::net
