// A supervisor whose service cannot be built: main returns what run() returns, and catches nothing.
#include "support/local_log.hpp"
#include <eventail/supervisor.hpp>

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <utility>

namespace eventail {
namespace {

class WithDatabase : public Service {
public:
    WithDatabase(ServiceOptions options, const std::string& database)
        : Service(std::move(options)) {
        if (database.empty()) throw std::runtime_error("the database has no name");
    }
};

TEST(ReconnectingSupervisor, a_mistyped_url_is_one_line_on_the_local_log_and_status_1) {
    const test::LocalLog log;
    ReconnectingSupervisor<Service> supervisor(
        {.amqp_urls = {"ampq://me:secret@localhost"}, .logical_service = "greeter"});

    EXPECT_EQ(supervisor.run(), 1);

    EXPECT_EQ(log.text(),
              "greeter: CRITICAL: cannot run: broker url: it starts neither with amqp:// nor with "
              "amqps://\n");
}

TEST(ReconnectingSupervisor, what_the_constructor_of_the_users_service_throws_is_said_too) {
    const test::LocalLog log;
    ReconnectingSupervisor<WithDatabase> supervisor(ServiceOptions{.logical_service = "keeper"},
                                                    "");

    EXPECT_EQ(supervisor.run(), 1);

    EXPECT_EQ(log.count("cannot run: the database has no name"), 1u) << log.text();
}

TEST(ReconnectingSupervisor, who_asks_for_a_service_that_could_not_be_built_gets_its_error) {
    ReconnectingSupervisor<Service> supervisor(ServiceOptions{});

    EXPECT_THROW(supervisor.service(), Error);
}

}  // namespace
}  // namespace eventail
