#include "net/address_order.hpp"

#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include <chrono>
#include <string>
#include <vector>

namespace eventail::net {
namespace {

using namespace std::chrono_literals;

Address address(const std::string& text) {
    Address made;
    auto* const in = reinterpret_cast<sockaddr_in*>(&made.storage);
    in->sin_family = AF_INET;
    in->sin_port = htons(5672);
    EXPECT_EQ(inet_pton(AF_INET, text.c_str(), &in->sin_addr), 1);
    made.length = sizeof(sockaddr_in);
    return made;
}

class AddressOrderTest : public testing::Test {
protected:
    void fail(const std::string& text, Duration at) { order_.failed(address(text), start_ + at); }

    std::string sorted(Duration at) {
        std::string texts;
        for (const Address& each : order_.sorted(resolved_, start_ + at)) {
            texts += to_text(each) + " ";
        }
        return texts;
    }

    const TimePoint start_ = TimePoint(1000s);
    const std::vector<Address> resolved_ = {address("10.0.0.1"), address("10.0.0.2"),
                                            address("10.0.0.3")};
    AddressOrder order_;
};

TEST_F(AddressOrderTest, is_that_of_the_resolver_as_long_as_nothing_fails) {
    EXPECT_EQ(sorted(0s), "10.0.0.1 10.0.0.2 10.0.0.3 ");
}

TEST_F(AddressOrderTest, puts_one_that_failed_behind_the_others) {
    fail("10.0.0.1", 0s);

    EXPECT_EQ(sorted(1s), "10.0.0.2 10.0.0.3 10.0.0.1 ");
}

TEST_F(AddressOrderTest, lets_a_minute_pass_before_it_stands_where_it_stood) {
    fail("10.0.0.1", 0s);

    EXPECT_EQ(sorted(59s), "10.0.0.2 10.0.0.3 10.0.0.1 ");
    EXPECT_EQ(sorted(60s), "10.0.0.1 10.0.0.2 10.0.0.3 ");
}

TEST_F(AddressOrderTest, begins_again_with_the_first_that_failed_when_all_did) {
    fail("10.0.0.1", 0s);
    fail("10.0.0.3", 1s);
    fail("10.0.0.2", 2s);

    EXPECT_EQ(sorted(3s), "10.0.0.1 10.0.0.3 10.0.0.2 ");
}

TEST_F(AddressOrderTest, counts_the_latest_failure_of_an_address) {
    fail("10.0.0.1", 0s);
    fail("10.0.0.2", 1s);
    fail("10.0.0.1", 50s);

    EXPECT_EQ(sorted(55s), "10.0.0.3 10.0.0.2 10.0.0.1 ");
    EXPECT_EQ(sorted(70s), "10.0.0.2 10.0.0.3 10.0.0.1 ");
}

TEST_F(AddressOrderTest, keeps_what_failed_out_of_an_answer_that_does_not_name_it) {
    fail("10.0.0.9", 0s);

    EXPECT_EQ(sorted(1s), "10.0.0.1 10.0.0.2 10.0.0.3 ");
}

}  // namespace
}  // namespace eventail::net
