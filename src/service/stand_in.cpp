#include "service/stand_in.hpp"

#include "net/thread_name.hpp"

#include <utility>

namespace eventail::service {
namespace {

constexpr int looks_before_dozing = 20;

}  // namespace

StandIn::StandIn(const UserCode& user_code, Duration interval,
                 std::function<void(std::uint64_t)> serve)
    : user_code_(user_code),
      interval_(interval),
      serve_(std::move(serve)),
      thread_([this] { watch(); }) {}

StandIn::~StandIn() {
    {
        const Lock lock(mutex_);
        is_leaving_ = true;
    }
    changed_.notify_all();
    thread_.join();
}

void StandIn::watch() {
    net::name_this_thread("eventail serve");
    Lock lock(mutex_);
    std::uint64_t last = user_code_.serial();
    int idle_looks = 0;
    while (!is_leaving_) {
        if (idle_looks < looks_before_dozing) {
            const TimePoint next_look = Clock::now() + interval_;
            while (!is_leaving_ && Clock::now() < next_look) changed_.wait_until(lock, next_look);
        } else {
            is_dozing_ = true;
            // Begun between the last look and the announcement: nobody would wake us for it.
            while (!is_leaving_ && is_dozing_ && user_code_.serial() == last) changed_.wait(lock);
            is_dozing_ = false;
            idle_looks = 0;
        }
        const std::uint64_t serial = user_code_.serial();
        const bool is_same = serial == last;
        last = serial;
        if (!is_same || !UserCode::is_running(serial)) {
            idle_looks = is_same ? idle_looks + 1 : 0;
            continue;
        }
        idle_looks = 0;
        lock.unlock();
        serve_(serial);
        lock.lock();
    }
}

void StandIn::wake() {
    {
        const Lock lock(mutex_);
        is_dozing_ = false;
    }
    changed_.notify_all();
}

}  // namespace eventail::service
