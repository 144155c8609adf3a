// An operator's view of a service: its log and its process.
#include "contract/service_fixture.hpp"
#include <eventail/endpoint.hpp>

#include <filesystem>
#include <fstream>
#include <set>

namespace eventail::test {
namespace {

class ServiceWords : public ServiceTest {
protected:
    LocalLog log;
};

std::set<std::string> names_of_threads() {
    std::set<std::string> names;
    for (const auto& thread : std::filesystem::directory_iterator("/proc/self/task")) {
        std::string name;
        std::getline(std::ifstream(thread.path() / "comm"), name);
        names.insert(name);
    }
    return names;
}

TEST_F(ServiceWords, a_connection_and_its_return_are_a_line_each) {
    Tested service(options());
    service.on_event(key("In"), [](const Event&) {});
    Supervised run(service);
    ASSERT_TRUE(eventually([&] { return log.has(": connected to "); })) << log.text();
    ASSERT_TRUE(eventually([&] { return service.ready == 1; })) << log.text();

    forget_probe();
    broker.close_connections("maintenance");

    // Now, or when the connection has lasted: the connection before was short.
    ASSERT_TRUE(eventually([&] { return log.has(": connected again to "); }, 30s)) << log.text();
    EXPECT_EQ(log.count("maintenance"), 1u) << log.text();
    EXPECT_EQ(run.stop(), 0);
}

TEST_F(ServiceWords, one_channel_is_enough_for_services_and_endpoints) {
    const std::string heard = listen("events", key("Out"));
    ServiceOptions narrow = options();
    narrow.amqp_urls = {broker.url() + "?channel_max=1"};
    Tested service(narrow);
    service.on_event(key("In"), [&](const Event&) { service.publish_event(key("Out"), {}); });
    Supervised run(service);
    ASSERT_TRUE(eventually([&] { return service.ready == 1; })) << log.text();

    Endpoint endpoint(narrow.amqp_urls, name);
    endpoint.publish_event(key("In"), {}, {.max_retries = 2});

    EXPECT_EQ(probe().take(heard).routing_key, key("Out"));
    EXPECT_EQ(run.stop(), 0);
    EXPECT_EQ(log.count("channel_max is 1"), 2u) << log.text();
}

TEST_F(ServiceWords, threads_have_names) {
    ServiceOptions several = options();
    several.handler_threads = 2;
    several.handle_signals = true;
    Tested service(several);
    Supervised run(service);
    Endpoint endpoint({broker.url()}, name);
    endpoint.publish_event(key("Ticked"), {});
    Tested alone(options());
    Supervised other_run(alone);

    EXPECT_TRUE(eventually([] {
        const std::set<std::string> names = names_of_threads();
        return names.contains("eventail call") && names.contains("eventail signal") &&
               names.contains("eventail send") && names.contains("eventail serve");
    })) << testing::PrintToString(names_of_threads());
}

}  // namespace
}  // namespace eventail::test
