// Any exception from a handler, even the end of its thread, is a failure of that message: returned
// to the queue once, then dead-lettered, and the service goes on. And who may call run().
#include "contract/threaded_service_fixture.hpp"

#include <pthread.h>

#include <atomic>
#include <exception>
#include <functional>
#include <future>
#include <new>
#include <stdexcept>
#include <string>

namespace eventail::test {
namespace {

struct Wordless : std::exception {
    const char* what() const noexcept override { return nullptr; }
};

class ServiceFailure : public ThreadedServiceTest {
protected:
    /// Runs a service whose handler does that with each message. @return whether each was handled
    /// twice, then dead-lettered, and the next message handled as usual
    testing::AssertionResult is_a_failure_of_the_message(const ServiceOptions& with,
                                                         const std::function<void()>& fail) {
        const std::string dead = dead_letters();
        Tested service(with);
        std::atomic<int> tries = 0;
        std::atomic<int> handled = 0;
        service.on_event(key("Bad"), [&](const Event&) {
            ++tries;
            fail();
        });
        service.on_event(key("Good"), [&](const Event&) { ++handled; });
        Supervised run(service);
        if (!eventually([&] { return service.ready == 1; })) return testing::AssertionFailure();

        send("events", key("Bad"), {.message_id = "bad"});
        const std::string id = probe().take(dead).message_id();
        send("events", key("Good"));
        const bool goes_on = eventually([&] { return handled == 1; });
        const int status = run.stop();

        if (id == "bad" && tries == 2 && goes_on && status == 0 && service.ready == 1) {
            return testing::AssertionSuccess();
        }
        return testing::AssertionFailure()
               << "dead: " << id << ", tries: " << tries << ", status " << status << "\n"
               << log.text();
    }
};

TEST_F(ServiceFailure, of_a_handler_may_be_an_exception_without_words) {
    const auto fail = [] { throw Wordless(); };

    EXPECT_TRUE(is_a_failure_of_the_message(options(), fail));
    EXPECT_TRUE(log.has("Wordless without a text")) << log.text();
}

TEST_F(ServiceFailure, of_a_handler_may_be_something_that_is_not_a_standard_exception) {
    const auto fail = [] { throw 17; };

    EXPECT_TRUE(is_a_failure_of_the_message(options(), fail));
    EXPECT_TRUE(log.has("a value of type int")) << log.text();
}

TEST_F(ServiceFailure, of_a_handler_may_be_a_want_of_memory) {
    EXPECT_TRUE(is_a_failure_of_the_message(options(), [] { throw std::bad_alloc(); }));
}

TEST_F(ServiceFailure, of_a_handler_among_threads_may_be_the_end_of_its_thread) {
    EXPECT_TRUE(is_a_failure_of_the_message(with_threads(), [] { ::pthread_exit(nullptr); }));
    EXPECT_TRUE(log.has("the handler ended its thread")) << log.text();
}

TEST_F(ServiceFailure, of_the_leaders_thread_ends_the_run_in_order) {
    const std::string heard = listen("events", key("Out"));
    Tested service(options());
    service.on_event(key("In"), [&](const Event&) {
        service.publish_event(key("Out"), {});
        ::pthread_exit(nullptr);
    });
    std::atomic<bool> has_returned = false;
    std::thread leader([&] {
        static_cast<void>(service.run());
        has_returned = true;
    });
    ASSERT_TRUE(eventually([&] { return service.ready == 1; })) << log.text();

    send("events", key("In"));
    leader.join();

    EXPECT_FALSE(has_returned);
    EXPECT_EQ(probe().message_count(heard), 1u) << log.text();
    EXPECT_TRUE(eventually([&] { return waiting() == 1; })) << "not given back";
}

TEST_F(ServiceFailure, of_a_leader_that_is_cancelled_while_it_waits_ends_the_run_in_order) {
    for (const ServiceOptions& each : {options(), with_threads()}) {
        Tested service(each);
        std::thread leader([&] { static_cast<void>(service.run()); });
        ASSERT_TRUE(eventually([&] { return service.ready == 1; })) << log.text();

        ::pthread_cancel(leader.native_handle());
        leader.join();

        EXPECT_TRUE(log.has("pthread_cancel")) << log.text();
        EXPECT_EQ(service.run(), RunResult::stopped);
    }
}

TEST_F(ServiceFailure, is_what_a_second_run_gets_at_once_from_another_thread) {
    Tested service(options());
    Supervised run(service);
    ASSERT_TRUE(eventually([&] { return service.ready == 1; })) << log.text();

    const auto second = [&] {
        try {
            static_cast<void>(service.run());
        } catch (const Error& error) {
            return error.code();
        }
        return std::error_code();
    };

    EXPECT_EQ(second(), Errc::invalid_state);
    EXPECT_EQ(supervise(service), 1);
    EXPECT_TRUE(log.has("cannot run: run() is under way in another thread")) << log.text();
    EXPECT_EQ(run.stop(), 0);
}

TEST_F(ServiceFailure, is_what_a_run_within_a_run_gets) {
    Service service(options());
    std::error_code code;
    service.post([&] {
        try {
            static_cast<void>(service.run());
        } catch (const Error& error) {
            code = error.code();
        }
        service.stop();
    });

    EXPECT_EQ(service.run(), RunResult::stopped);
    EXPECT_EQ(code, Errc::invalid_state);
}

}  // namespace
}  // namespace eventail::test
