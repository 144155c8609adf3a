#include "store/checked_store_options.hpp"

#include <gmock/gmock.h>

#include <string>

namespace eventail::store {
namespace {

using testing::HasSubstr;

struct Refusal {
    std::error_code code = {};
    std::string text = {};
};

Refusal refusal_of(const StoreOptions& options) {
    try {
        const TemporaryStore store(options);
        return {};
    } catch (const Error& error) {
        return {error.code(), error.what()};
    }
}

TEST(StoreOptionsCheck, takes_the_defaults) { EXPECT_FALSE(refusal_of({}).code); }

TEST(StoreOptionsCheck, refuses_what_can_never_work_and_names_the_option) {
    const auto refuses = [](const StoreOptions& options, const std::string& text) {
        const Refusal refusal = refusal_of(options);
        EXPECT_EQ(refusal.code, Errc::invalid_argument) << text;
        EXPECT_THAT(refusal.text, HasSubstr("StoreOptions::" + text));
    };
    refuses({.host = ""}, "host is empty");
    refuses({.host = std::string("a\0b", 3)}, "host holds a NUL");
    refuses({.host = "redis://db:6379"}, "host is a url");
    refuses({.port = 0}, "port is 0");
    refuses({.sentinels = {"a"}}, "sentinel_service is empty");
    refuses({.sentinel_service = "main"}, "sentinel_service is set, but sentinels is empty");
    refuses({.sentinels = {"a", "b:x"}, .sentinel_service = "main"}, "sentinels[1]: the port");
    refuses({.time_to_live = std::chrono::seconds{0}}, "time_to_live is not above 0");
    refuses({.timeout = std::chrono::milliseconds{-1}}, "timeout is not above 0");
    refuses({.max_connections = 0}, "max_connections is 0");
    refuses({.max_connections = 10'001}, "max_connections is over");
}

TEST(StoreOptionsCheck, says_clearly_that_tls_is_not_available) {
    for (const StoreOptions& options :
         {StoreOptions{.tls = true}, StoreOptions{.host = "rediss://db:6379"},
          StoreOptions{.sentinels = {"rediss://a"}, .sentinel_service = "main"}}) {
        const Refusal refusal = refusal_of(options);

        EXPECT_EQ(refusal.code, Errc::tls_failed);
        EXPECT_THAT(refusal.text, HasSubstr("TLS is not available"));
    }
}

TEST(StoreOptionsCheck, shortens_for_ever_to_ten_years) {
    const StoreOptions options = checked(
        {.time_to_live = std::chrono::seconds::max(), .timeout = std::chrono::milliseconds::max()});

    EXPECT_EQ(options.time_to_live, std::chrono::years{10});
    EXPECT_EQ(options.timeout, std::chrono::years{10});
}

TEST(StoreOptionsCheck, never_shows_a_password) {
    const Refusal refusal = refusal_of({.host = "redis://user:hunter2@db", .password = "hunter2"});

    EXPECT_EQ(refusal.text.find("hunter2"), std::string::npos);
}

}  // namespace
}  // namespace eventail::store
