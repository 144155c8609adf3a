// The effect of a call's end: on the message behind it, and on the service.
#include "service/user_calls.hpp"

#include "service/user_context.hpp"

#include <gtest/gtest.h>

#include <exception>
#include <functional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace eventail::service {
namespace {

class Face : public Service {
public:
    using Service::Service;
    Ack handle_event(const Event&) override { return on_call ? on_call() : Ack::automatic; }
    void on_ready() override {
        if (on_call) on_call();
    }

    std::function<Ack()> on_call = {};
};

class UserCallsTest : public testing::Test, protected UserCalls::Owner {
protected:
    using End = bus::Outcome::End;

    void could_not_publish(const std::string& text) override { refused_.push_back(text); }
    void user_code_failed(std::string_view what, const std::exception_ptr&) override {
        failed_.emplace_back(what);
    }

    template <typename Thrown>
    bus::Outcome handler_throws(Thrown thrown) {
        face_.on_call = [thrown]() -> Ack { throw thrown; };
        return calls_.call({.work = Event{}});
    }
    template <typename Thrown>
    void timer_throws(Thrown thrown) {
        Timers timers;
        timers.add({}, [thrown] { throw thrown; });
        calls_.call(*timers.take_due({}));
    }

    const ServiceOptions options_{.logical_service = "calls", .handle_signals = false};
    Face face_{options_};
    StopState stopping_;
    HomeProcess home_;
    UserCalls calls_{home_, face_, options_, stopping_, *this};
    std::vector<std::string> refused_;
    std::vector<std::string> failed_;
};

TEST_F(UserCallsTest, a_handler_that_returns_is_done_or_holds_its_message) {
    EXPECT_EQ(calls_.call({.work = Event{}}).end, End::done);

    face_.on_call = [] { return Ack::manual; };
    EXPECT_EQ(calls_.call({.work = Event{}}).end, End::held);
}

TEST_F(UserCallsTest, a_handler_that_throws_has_failed_with_its_words) {
    const bus::Outcome outcome = handler_throws(std::runtime_error("no such user"));

    EXPECT_EQ(outcome.end, End::failed);
    EXPECT_EQ(outcome.error, "the handler threw: no such user");
    EXPECT_TRUE(failed_.empty()) << "the service goes on";
}

TEST_F(UserCallsTest, a_handler_that_uses_another_service_which_is_stopped_has_failed) {
    EXPECT_EQ(handler_throws(Error(Errc::stopped, "stopped")).end, End::failed);
}

TEST_F(UserCallsTest, a_handler_that_cannot_publish_gives_its_message_back) {
    EXPECT_EQ(handler_throws(Error(Errc::back_pressure, "full")).end, End::give_back);
    stopping_.request(false);
    EXPECT_EQ(handler_throws(Error(Errc::stopped, "stopped")).end, End::give_back);
}

TEST_F(UserCallsTest, a_handler_that_could_not_publish_gives_back_whatever_it_throws) {
    face_.on_call = [this]() -> Ack {
        UserContext::of(face_)->had_publish_failure = true;
        throw std::runtime_error("wrapped");
    };

    EXPECT_EQ(calls_.call({.work = Event{}}).end, End::give_back);
}

TEST_F(UserCallsTest, a_function_that_throws_fails_the_service) {
    timer_throws(std::runtime_error("on purpose"));

    EXPECT_EQ(failed_, (std::vector<std::string>{"a timer or posted function"}));
}

TEST_F(UserCallsTest, a_function_that_cannot_publish_is_told_and_fails_nothing) {
    timer_throws(Error(Errc::back_pressure, "full"));

    EXPECT_EQ(refused_, (std::vector<std::string>{
                            "a timer or posted function ended early because it could not publish: "
                            "full"}));
    EXPECT_TRUE(failed_.empty());
}

TEST_F(UserCallsTest, what_the_stop_refuses_to_functions_is_no_failure) {
    stopping_.request(false);

    timer_throws(Error(Errc::stopped, "stopped"));
    face_.on_call = []() -> Ack { throw Error(Errc::stopped, "stopped"); };
    calls_.call({.work = bus::Ready{}});

    EXPECT_TRUE(failed_.empty());
}

TEST_F(UserCallsTest, what_the_stop_of_another_service_refuses_is_one) {
    timer_throws(Error(Errc::stopped, "stopped"));

    EXPECT_EQ(failed_.size(), 1u);
}

TEST_F(UserCallsTest, user_code_of_one_service_is_not_that_of_another) {
    const Face other(options_);
    bool is_ours = false;
    bool is_others = true;
    face_.on_call = [&] {
        is_ours = UserContext::of(face_) != nullptr;
        is_others = UserContext::of(other) != nullptr;
        return Ack::automatic;
    };

    calls_.call({.work = Event{}});

    EXPECT_TRUE(is_ours);
    EXPECT_FALSE(is_others);
    EXPECT_EQ(UserContext::of(face_), nullptr);
}

}  // namespace
}  // namespace eventail::service
