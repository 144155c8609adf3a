#include "service/publish_gate.hpp"

#include <algorithm>
#include <chrono>
#include <string>

namespace eventail::service {
namespace {

constexpr Duration longest_drive_for_room = std::chrono::milliseconds{50};
constexpr Duration longest_wait_for_room = std::chrono::milliseconds{10};

[[noreturn]] void throw_back_pressure(UserContext* context, const std::string& why) {
    if (context != nullptr) context->had_publish_failure = true;
    throw Error(Errc::back_pressure,
                "max_outbox_bytes are published but not confirmed, and " + why);
}

}  // namespace

PublishGate::PublishGate(const HomeProcess& home, const Service& face,
                         const ServiceOptions& options, Outlet& outlet, const StopState& stopping,
                         const Drive& drive, Leader& leader)
    : home_(home),
      face_(face),
      options_(options),
      outlet_(outlet),
      stopping_(stopping),
      drive_(drive),
      leader_(leader) {}

void PublishGate::check_accepting() const {
    if (home_.is_left()) home_.require("service " + options_.logical_service);
    if (!stopping_.is_stopped()) return;
    // Whether a handler can still publish decides whether its message can be acknowledged.
    UserContext* const context = UserContext::of(face_);
    if (context != nullptr && !drive_.is_past_draining()) return;
    if (context != nullptr) context->had_publish_failure = true;
    throw Error(Errc::stopped,
                "service " + options_.logical_service + " is stopped: it accepts nothing more");
}

bus::MessageId PublishGate::publish(bus::Outgoing message, const Value& payload,
                                    std::optional<std::string_view> conversation_id) {
    check_accepting();
    UserContext* const context = UserContext::of(face_);
    std::optional<NameSource::Name> fresh;
    if (conversation_id) {
        message.conversation_id = *conversation_id;
    } else if (context != nullptr && context->has_conversation) {
        message.conversation_id = context->conversation_id;
    } else {
        fresh = outlet_.new_id();
        message.conversation_id = fresh->text();
    }
    const Draft draft(outlet_, message, payload, context != nullptr ? context->ids : nullptr);
    // Under the lock again: an ending run waits for every message that was reported as accepted.
    const auto check = [this] { check_accepting(); };
    std::optional<std::size_t> unwritten_bytes = outlet_.accept_if_room(draft, check);
    if (!unwritten_bytes) {
        const TimePoint deadline = Clock::now() + options_.publish_timeout;
        do {
            wait_for_room(draft.size_bytes(), deadline);
            unwritten_bytes = outlet_.accept_if_room(draft, check);
        } while (!unwritten_bytes);
    }
    leader_.after_accepting(context != nullptr, *unwritten_bytes);
    return draft.id();
}

// Waits for a part of the time until there is room.
void PublishGate::wait_for_room(std::size_t size_bytes, TimePoint deadline) {
    const TimePoint now = Clock::now();
    UserContext* const context = UserContext::of(face_);
    if (now >= deadline) {
        throw_back_pressure(context, "nothing was confirmed within publish_timeout: " +
                                         std::string(bus::explain(drive_.hold_up())));
    }
    check_accepting();
    check_room_may_come();
    if (leader_.drive_for_room(context != nullptr,
                               std::min(deadline, now + longest_drive_for_room))) {
        return;
    }
    outlet_.wait_for_room(size_bytes, now + longest_wait_for_room);
}

// Code that keeps the run from ending must not wait for another run.
void PublishGate::check_room_may_come() const {
    UserContext* const context = UserContext::of(face_);
    if (context == nullptr || !drive_.is_ending()) return;
    throw_back_pressure(context,
                        "the broker has refused the service for good: it confirms nothing "
                        "before this call of user code ends");
}

void PublishGate::settle(const bus::ManualSettlement& settlement) {
    outlet_.settle(settlement, [this] { check_accepting(); });
    leader_.after_accepting(UserContext::of(face_) != nullptr, 0);
}

}  // namespace eventail::service
