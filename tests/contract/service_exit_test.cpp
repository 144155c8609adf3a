// Programs that end in the middle of their work keep the status they chose, report losses, and
// never hang.
#include "contract/child_process.hpp"
#include "support/loopback_peer.hpp"

#include <signal.h>

#include <string>

namespace eventail::test {
namespace {

class ServiceExit : public ServiceTest {
protected:
    const std::string nowhere = "amqp://127.0.0.1:" + std::to_string(refusing_port());
};

TEST_F(ServiceExit, in_a_handler_a_timer_another_thread_or_a_child_has_the_status_given) {
    for (const char* how :
         {"exit_in_handler", "exit_in_timer", "exit_in_thread", "exit_in_child"}) {
        for (const char* threads : {"1", "3"}) {
            ChildProcess child({"ending", broker.url(), name, how, threads});

            EXPECT_EQ(child.status(), 3) << how << ", " << threads << "\n" << child.output();
        }
    }
}

TEST_F(ServiceExit, is_what_a_child_comes_to_that_returns_from_a_handler_of_its_parent) {
    for (const char* threads : {"1", "3"}) {
        ChildProcess child({"ending", broker.url(), name, "return_in_child", threads});

        EXPECT_EQ(child.status(), 3) << threads << "\n" << child.output();
        EXPECT_TRUE(child.has_said("the child of a fork() returned")) << child.output();
    }
}

TEST_F(ServiceExit, with_a_static_service_says_what_is_lost) {
    ChildProcess child({"ending", nowhere, name, "static_service"});

    EXPECT_EQ(child.status(), 3) << child.output();
    EXPECT_TRUE(child.has_said("destroyed with 1 published message(s)")) << child.output();
}

TEST_F(ServiceExit, with_a_static_service_that_runs_says_what_is_lost) {
    for (const char* threads : {"1", "3"}) {
        ChildProcess child({"ending", nowhere, name, "static_service_that_runs", threads});

        EXPECT_EQ(child.status(), 3) << child.output();
        EXPECT_TRUE(child.has_said("destroyed with 1 published message(s)")) << child.output();
    }
}

TEST_F(ServiceExit, with_a_static_endpoint_says_what_is_lost) {
    for (const char* how : {"static_endpoint", "global_endpoint"}) {
        ChildProcess child({"ending", nowhere, name, how});

        EXPECT_EQ(child.status(), 3) << child.output();
        EXPECT_TRUE(child.has_said("log records that could not be sent: 1")) << how << "\n"
                                                                             << child.output();
    }
}

TEST_F(ServiceExit, is_what_destroying_a_service_that_runs_comes_to) {
    ChildProcess child({"ending", nowhere, name, "destroyed_while_it_runs"});

    EXPECT_EQ(child.ended_by(), SIGABRT) << child.output();
    EXPECT_TRUE(child.has_said("destroyed while run() is under way")) << child.output();
}

class ServiceOnSecondSignal : public ServiceExit {};

TEST_F(ServiceOnSecondSignal, ends_at_once_though_a_handler_blocks) {
    for (const int signal : {SIGINT, SIGTERM}) {
        ChildProcess child({"ending", broker.url(), name, "block"});
        ASSERT_TRUE(child.says("handling")) << child.output();
        child.signal(signal);
        ASSERT_TRUE(child.says("stopping")) << child.output();

        // A second signal right after it means the same wish; a later one does not.
        child.signal(signal);
        const bool has_gone_early = eventually([&] { return !child.is_alive(); }, 500ms);
        const bool has_gone = eventually([&] {
            child.signal(signal);
            return eventually([&] { return !child.is_alive(); }, 200ms);
        });

        EXPECT_FALSE(has_gone_early);
        EXPECT_TRUE(has_gone);
        EXPECT_EQ(child.ended_by(), signal) << child.output();
    }
}

TEST_F(ServiceOnSecondSignal, says_what_is_lost) {
    ChildProcess child({"ending", nowhere, name, "publish_and_block"});
    ASSERT_TRUE(child.says("handling")) << child.output();
    child.terminate();
    ASSERT_TRUE(child.says("stopping")) << child.output();

    const bool has_gone = eventually([&] {
        child.terminate();
        return eventually([&] { return !child.is_alive(); }, 200ms);
    });

    EXPECT_TRUE(has_gone);
    EXPECT_EQ(child.ended_by(), SIGTERM);
    EXPECT_TRUE(child.has_said("SIGTERM again: ending at once, with 3 published message(s)"))
        << child.output();
}

TEST_F(ServiceOnSecondSignal, ends_at_once_though_nobody_reads_its_log) {
    ChildProcess child({"ending", nowhere, name, "block_and_fill_the_log"},
                       {.streams = ChildProcess::Streams::stuck});
    ASSERT_TRUE(child.says("handling")) << child.output();

    const bool has_gone = eventually([&] {
        child.terminate();
        return eventually([&] { return !child.is_alive(); }, 200ms);
    });

    EXPECT_TRUE(has_gone);
    EXPECT_EQ(child.ended_by(), SIGTERM);
}

TEST_F(ServiceOnSecondSignal, ignores_what_its_parent_ignored) {
    ChildProcess child({"ending", nowhere, name, "sleep"}, {.ignored_signals = {SIGHUP, SIGINT}});
    ASSERT_TRUE(child.says("running")) << child.output();
    ASSERT_TRUE(child.says("connection not made")) << child.output();

    child.signal(SIGHUP);
    child.signal(SIGINT);

    EXPECT_TRUE(child.says("survived")) << child.output();
    EXPECT_EQ(child.status(), 0) << child.output();
    EXPECT_FALSE(child.has_said("SIGHUP")) << child.output();
}

}  // namespace
}  // namespace eventail::test
