// A service without a broker: its arguments, its verbs before run() and after stop(), and a run
// that was stopped before it began.
#include "support/certificates.hpp"
#include "support/local_log.hpp"
#include "support/temporary_folder.hpp"
#include <eventail/endpoint.hpp>
#include <eventail/service.hpp>
#include <eventail/supervisor.hpp>

#include <gtest/gtest.h>

#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <future>
#include <memory>
#include <string>

namespace eventail {
namespace {

using namespace std::chrono_literals;

/// Port 1 on loopback, where nobody listens.
ServiceOptions alone() {
    ServiceOptions options;
    options.amqp_urls = {"amqp://127.0.0.1:1"};
    options.logical_service = "alone";
    options.handle_signals = false;
    options.drain_timeout = 100ms;
    options.publish_timeout = 20ms;
    return options;
}

template <typename Call>
std::error_code error_of(Call call) {
    try {
        call();
    } catch (const Error& error) {
        return error.code();
    }
    return {};
}

TEST(Service, refuses_options_that_can_never_work) {
    const auto code_with = [](auto change) {
        ServiceOptions options = alone();
        change(options);
        return error_of([&] { Service service(options); });
    };

    EXPECT_EQ(code_with([](ServiceOptions& o) { o.logical_service = ""; }), Errc::invalid_argument);
    EXPECT_EQ(code_with([](ServiceOptions& o) { o.amqp_urls = {}; }), Errc::invalid_argument);
    EXPECT_EQ(code_with([](ServiceOptions& o) { o.prefetch_count = 0; }), Errc::invalid_argument);
    EXPECT_EQ(code_with([](ServiceOptions& o) { o.handler_threads = 0; }), Errc::invalid_argument);
    EXPECT_EQ(code_with([](ServiceOptions& o) { o.handler_threads = 1025; }),
              Errc::invalid_argument);
    EXPECT_EQ(code_with([](ServiceOptions& o) { o.amqp_urls = {"http://x"}; }), Errc::bad_url);
    EXPECT_FALSE(code_with([](ServiceOptions&) {}));
    EXPECT_FALSE(code_with([](ServiceOptions& o) { o.handler_threads = 1024; }));
}

TEST(Service, reports_at_the_call_what_cannot_be_published) {
    Service service(alone());

    EXPECT_EQ(error_of([&] { service.publish_event(std::string(256, 'x'), {}); }),
              Errc::invalid_argument);
    EXPECT_EQ(error_of([&] {
                  service.publish_event("x", {{"bad", "\xFF"}});
              }),
              Errc::invalid_payload);
    EXPECT_EQ(error_of([&] { service.call_later(1s, {}); }), Errc::invalid_argument);
}

TEST(Service, reports_back_pressure_when_the_outbox_is_full) {
    ServiceOptions small = alone();
    small.max_outbox_bytes = 300'000;
    Service service(small);
    const std::string filler(50'000, 'x');

    const auto code = error_of([&] {
        for (int i = 0; i < 100; ++i) service.publish_event("x", {{"filler", filler}});
    });

    EXPECT_EQ(code, Errc::back_pressure);
}

TEST(Service, takes_nothing_once_it_is_stopped) {
    Service service(alone());

    service.stop();

    EXPECT_EQ(error_of([&] { service.publish_event("x", {}); }), Errc::stopped);
    EXPECT_EQ(error_of([&] { service.manual_ack(1); }), Errc::stopped);
    service.log(Severity::info, "is dropped");
}

TEST(Service, a_key_file_that_cannot_be_used_is_refused_by_the_constructor) {
    ServiceOptions options = alone();
    options.amqp_urls = {"amqps://127.0.0.1:1?certfile=/there/is/none&keyfile=/nor/this"};
    EndpointOptions endpoint;
    endpoint.amqp_urls = options.amqp_urls;
    endpoint.logical_service = "alone";

    EXPECT_EQ(error_of([&] { Service service(options); }), Errc::tls_failed);
    EXPECT_EQ(error_of([&] { Endpoint blocking(endpoint); }), Errc::tls_failed);
}

TEST(Service, lets_go_of_functions_that_come_after_the_stop) {
    Service service(alone());
    const auto captured = std::make_shared<int>(0);
    service.stop();

    service.post([captured] {});
    Timer timer = service.call_later(1h, [captured] {});
    timer.cancel();

    EXPECT_EQ(captured.use_count(), 1);
}

TEST(Service, a_connection_that_fails_before_it_begins_ends_the_run) {
    for (const unsigned threads : {1u, 2u}) {
        const test::TemporaryFolder folder;
        const std::string file = folder.write("ca.pem", test::Authority("gone").certificate());
        ServiceOptions untrusting = alone();
        untrusting.amqp_urls = {"amqps://127.0.0.1:1?cacertfile=" + file};
        untrusting.handler_threads = threads;
        Service service(untrusting);
        std::filesystem::remove(file);

        auto run = std::async(std::launch::async, [&] { return service.run(); });
        const bool has_ended = run.wait_for(10s) == std::future_status::ready;
        service.stop();

        EXPECT_TRUE(has_ended) << threads;
        EXPECT_EQ(run.get(), RunResult::connection_lost) << threads;
    }
}

TEST(Service, what_it_receives_cannot_change_once_it_ran) {
    Service service(alone());
    service.stop();
    static_cast<void>(service.run());

    EXPECT_EQ(error_of([&] { service.on_event("E", [](const Event&) {}); }), Errc::invalid_state);
    EXPECT_EQ(error_of([&] { service.on_command("a.C", [](const Command&) {}); }),
              Errc::invalid_state);
    EXPECT_EQ(error_of([&] { service.on_result("a.R", [](const Result&) {}); }),
              Errc::invalid_state);
    EXPECT_EQ(error_of([&] { service.on_error("a.R", [](const Result&) {}); }),
              Errc::invalid_state);
    EXPECT_EQ(error_of([&] { service.on_config("C", [](const Configuration&) { return true; }); }),
              Errc::invalid_state);
    EXPECT_EQ(error_of([&] { service.use_exclusive_queues(); }), Errc::invalid_state);
}

TEST(Service, stopped_before_it_ran_it_ends_at_once) {
    Service service(alone());
    service.stop();

    EXPECT_EQ(service.run(), RunResult::stopped);
}

TEST(Service, says_what_is_lost_when_it_is_destroyed_without_having_run) {
    const test::LocalLog log;
    {
        Service service(alone());
        service.publish_event("A", {});
        service.publish_event("B", {});
    }

    EXPECT_TRUE(log.has("destroyed with 2 published message(s)")) << log.text();
}

TEST(Service, in_the_child_of_a_fork_refuses_all_that_could_be_taken_for_its_parents) {
    const test::LocalLog log;
    auto service = std::make_unique<Service>(alone());
    static_cast<void>(service->send_command("a.B", {}, "alone.R"));

    const pid_t child = ::fork();
    if (child == 0) {
        const bool are_refused =
            error_of([&] { service->publish_event("A", {}); }) == Errc::forked &&
            error_of([&] { static_cast<void>(service->send_command("a.B", {}, "alone.R")); }) ==
                Errc::forked &&
            error_of([&] { service->post([] {}); }) == Errc::forked &&
            error_of([&] { service->manual_ack(1); }) == Errc::forked &&
            error_of([&] { static_cast<void>(service->run()); }) == Errc::forked;
        const bool says_why = supervise(*service) == 1 && log.has("make one after the fork");
        service->log(Severity::info, "is said locally");
        service->stop();
        service.reset();
        Service own(alone());
        own.stop();
        const bool works = own.run() == RunResult::stopped;
        const bool is_silent = log.has("is said locally") && !log.has("destroyed with");
        ::_exit(are_refused && says_why && works && is_silent ? 0 : 1);
    }
    int status = -1;
    ASSERT_EQ(::waitpid(child, &status, 0), child);

    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
    EXPECT_FALSE(error_of([&] { service->publish_event("A", {}); }));
}

}  // namespace
}  // namespace eventail
