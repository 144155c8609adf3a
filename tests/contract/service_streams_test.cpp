// A service with unusable standard streams.
#include "contract/child_process.hpp"

#include <filesystem>
#include <string>

namespace eventail::test {
namespace {

class ServiceStreams : public ServiceTest {
protected:
    using Streams = ChildProcess::Streams;
    bool handles_what_comes() {
        if (!send("events", key("In"))) return false;
        return eventually([&] { return probe().message_count(name + ".events") == 0; });
    }
};

TEST_F(ServiceStreams, closed_ones_get_none_of_its_sockets) {
    ChildProcess child({"stoppable", broker.url(), name}, {.streams = Streams::are_closed});
    ASSERT_TRUE(eventually([&] { return send("events", key("In")); })) << "not ready";
    ASSERT_TRUE(eventually([&] { return probe().message_count(name + ".events") == 0; }));

    for (const char* fd : {"0", "1", "2"}) {
        const auto link = "/proc/" + std::to_string(child.pid()) + "/fd/" + fd;
        EXPECT_EQ(std::filesystem::read_symlink(link), "/dev/null") << fd;
    }
    child.terminate();

    EXPECT_EQ(child.status(), 0);
}

TEST_F(ServiceStreams, nobody_reading_its_log_does_not_end_it) {
    const std::string nowhere = "amqp://127.0.0.1:1," + broker.url();
    ChildProcess child({"stoppable", nowhere, name}, {.streams = Streams::unread});
    ASSERT_TRUE(child.says("ready")) << child.output();

    EXPECT_TRUE(handles_what_comes());
    child.terminate();

    EXPECT_EQ(child.status(), 0) << child.output();
}

}  // namespace
}  // namespace eventail::test
