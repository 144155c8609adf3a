// Which broker is next, and when none is left to try.
#include "bus/rota.hpp"

#include <gtest/gtest.h>

namespace eventail::bus {
namespace {

TEST(Rota, takes_the_urls_in_turn) {
    Rota rota(3);

    EXPECT_EQ(rota.current(), 0u);
    rota.advance();
    EXPECT_EQ(rota.current(), 1u);
    rota.advance();
    rota.advance();
    EXPECT_EQ(rota.current(), 0u);
}

TEST(Rota, has_no_hope_left_only_when_every_url_has_refused) {
    Rota rota(2);

    rota.refused(0);
    EXPECT_FALSE(rota.have_all_refused());
    rota.refused(1);

    EXPECT_TRUE(rota.have_all_refused());
}

TEST(Rota, forgets_refusals_when_an_attempt_ends_otherwise) {
    Rota rota(2);
    rota.refused(0);

    rota.forget_refusals();
    rota.refused(1);

    EXPECT_FALSE(rota.have_all_refused());
}

}  // namespace
}  // namespace eventail::bus
