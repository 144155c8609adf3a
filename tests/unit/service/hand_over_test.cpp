#include "service/hand_over.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

namespace eventail::service {
namespace {

const std::array<bus::Job, 5> jobs = {{{.work = bus::ReturnedJob{}},
                                       {.token = 1, .work = Event{}},
                                       {.token = 2, .work = Event{}},
                                       {.token = 3, .work = Event{}},
                                       {.token = 4, .work = Event{}}}};

Call message(bus::DeliveryToken id) { return {.job = &jobs.at(id)}; }
Call returned() { return {.job = &jobs.front()}; }
Call function() { return {}; }

/// Adds messages 1 to `last`.
void add_messages(HandOver& hand_over, bus::DeliveryToken last) {
    for (bus::DeliveryToken id = 1; id <= last; ++id) hand_over.add(message(id));
}

/// A digit for each message, f for functions, c for messages that came back.
char name_of(const Call& call) {
    if (call.job == nullptr) return 'f';
    if (call.is_returned()) return 'c';
    return static_cast<char>('0' + call.job->token);
}

std::string take_all(HandOver& hand_over) {
    std::string names;
    while (hand_over.has_calls()) names += name_of(hand_over.take());
    return names;
}

TEST(HandOver, gives_messages_out_in_their_order) {
    HandOver hand_over;

    add_messages(hand_over, 3);

    EXPECT_EQ(take_all(hand_over), "123");
    EXPECT_FALSE(hand_over.has_calls());
}

TEST(HandOver, lets_functions_and_what_came_back_overtake_messages_every_other_time) {
    HandOver hand_over;
    add_messages(hand_over, 3);

    hand_over.add(function());
    hand_over.add(returned());
    hand_over.add(function());
    hand_over.add(function());

    EXPECT_EQ(take_all(hand_over), "f1c2f3f");
}

TEST(HandOver, gives_ended_calls_back_in_the_order_of_their_ends) {
    HandOver hand_over;
    add_messages(hand_over, 2);
    Call first = hand_over.take();
    Call second = hand_over.take();

    hand_over.end(std::move(second));
    hand_over.end(std::move(first));

    std::vector<Call> ended;
    hand_over.take_ended(ended);
    ASSERT_EQ(ended.size(), 2u);
    EXPECT_EQ(name_of(ended[0]), '2');
    EXPECT_EQ(name_of(ended[1]), '1');
}

TEST(HandOver, takes_back_what_has_not_begun_in_its_order) {
    HandOver hand_over;
    add_messages(hand_over, 3);
    hand_over.add(returned());
    hand_over.add(function());
    const Call begun = hand_over.take();
    std::vector<Call> taken_back;

    hand_over.take_back(taken_back);

    EXPECT_EQ(name_of(begun), 'c');
    std::string names;
    for (const Call& call : taken_back) names += name_of(call);
    EXPECT_EQ(names, "f123");
    EXPECT_FALSE(taken_back[0].was_made);
    EXPECT_FALSE(hand_over.has_calls());
}

TEST(HandOver, wakes_nobody_when_all_are_busy) {
    HandOver hand_over;

    hand_over.add(message(1));

    EXPECT_FALSE(hand_over.calls_a_thread());
}

TEST(HandOver, wakes_nobody_when_there_is_nothing_to_do) {
    HandOver hand_over;

    hand_over.falls_asleep();

    EXPECT_FALSE(hand_over.calls_a_thread());
}

TEST(HandOver, wakes_one_at_a_time_and_the_next_when_that_is_up) {
    HandOver hand_over;
    for (int thread = 0; thread < 3; ++thread) hand_over.falls_asleep();
    add_messages(hand_over, 2);

    EXPECT_TRUE(hand_over.calls_a_thread());
    EXPECT_FALSE(hand_over.calls_a_thread());
    hand_over.wakes_up();
    hand_over.take();
    EXPECT_TRUE(hand_over.calls_a_thread());
    hand_over.wakes_up();
    hand_over.take();

    EXPECT_FALSE(hand_over.calls_a_thread());
}

TEST(HandOver, wakes_again_after_one_found_its_call_taken_by_another) {
    HandOver hand_over;
    hand_over.falls_asleep();
    hand_over.add(message(1));
    ASSERT_TRUE(hand_over.calls_a_thread());
    hand_over.take();
    hand_over.wakes_up();
    hand_over.falls_asleep();

    hand_over.add(message(2));

    EXPECT_TRUE(hand_over.calls_a_thread());
}

}  // namespace
}  // namespace eventail::service
