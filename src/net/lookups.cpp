#include "net/lookups.hpp"

#include "base/atomic.hpp"
#include "base/process.hpp"
#include "base/thread.hpp"
#include "net/resolver.hpp"
#include "net/signals_blocked.hpp"
#include "net/system_calls.hpp"
#include "net/thread_name.hpp"

#include <cerrno>
#include <map>
#include <new>
#include <system_error>
#include <utility>

namespace eventail::net {
namespace {

using Name = std::pair<std::string, std::uint16_t>;

// Short enough for any std::string to hold without memory of its own.
constexpr const char* no_memory = "out of memory";

struct OfProcess {
    Lookups lookups{look_up};
    pid_t process = process_id();
    OfProcess* of_parent =
        nullptr;  // left alone: its mutex may be held by a thread that is not here
};

std::string too_many(const std::string& what, int error) {
    return what + " to look up the host name with (" + std::generic_category().message(error) +
           "); has this process or machine reached a limit (ulimit -a)?";
}

}  // namespace

bool Waiter::is_done() const {
    const Lock lock(mutex_);
    return result_.has_value();
}

Resolution Waiter::take() {
    const Lock lock(mutex_);
    return std::move(*result_);
}

void Waiter::finish(Resolution found) {
    const Lock lock(mutex_);
    result_ = std::move(found);
    if (event_.is_open()) system::raise_event(event_.get());
}

FileDescriptor Waiter::new_event() { return FileDescriptor(system::make_event()); }

struct Lookups::State {
    explicit State(LookUp function) : look_up(std::move(function)) {}

    const LookUp look_up;
    Mutex mutex;
    std::map<Name, std::vector<std::weak_ptr<Waiter>>> pending EVENTAIL_GUARDED_BY(mutex);

    /// For everybody who waits for it.
    void finish(const Name& name, const Resolution& found) noexcept {
        std::vector<std::weak_ptr<Waiter>> waiters;
        {
            const Lock lock(mutex);
            const auto at = pending.find(name);
            waiters.swap(at->second);
            pending.erase(at);
        }
        for (const std::weak_ptr<Waiter>& each : waiters) {
            const std::shared_ptr<Waiter> waiter = each.lock();
            if (!waiter) continue;
            try {
                waiter->finish(found);
            } catch (const std::bad_alloc&) {
                waiter->finish({.failure = no_memory});
            }
        }
    }
};

Lookups::Lookups(LookUp look_up) : state_(std::make_shared<State>(std::move(look_up))) {}

Lookups& Lookups::of_this_process() {
    // Never destroyed: look-ups may hang until the process ends.
    static Atomic<OfProcess*> current = nullptr;
    OfProcess* found = current;
    while (found == nullptr || found->process != process_id()) {
        auto fresh = std::make_unique<OfProcess>();
        fresh->of_parent = found;
        if (current.compare_exchange_strong(found, fresh.get())) return fresh.release()->lookups;
    }
    return found->lookups;
}

std::shared_ptr<Waiter> Lookups::start(const std::string& host, std::uint16_t port) {
    auto waiter = std::make_shared<Waiter>();
    if (waiter->fd() < 0) {
        waiter->finish({.failure = too_many("no descriptor", EMFILE)});
        return waiter;
    }
    const Name name(host, port);
    {
        const Lock lock(state_->mutex);
        const auto [at, is_first] = state_->pending.try_emplace(name);
        std::erase_if(at->second, [](const auto& each) { return each.expired(); });
        try {
            at->second.push_back(waiter);
        } catch (const std::bad_alloc&) {
            if (is_first) state_->pending.erase(at);
            throw;
        }
        if (!is_first) return waiter;
    }
    try {
        const SignalsBlocked blocked;
        Thread([state = state_, name] {
            name_this_thread("eventail dns");
            Resolution found = {.failure = no_memory};
            try {
                found = state->look_up(name.first, name.second);
            } catch (const std::bad_alloc&) {
                // Then that is the answer.
            }
            state->finish(name, found);
        }).detach();
    } catch (const std::system_error& error) {
        state_->finish(name, {.failure = too_many("no thread", error.code().value())});
    } catch (const std::bad_alloc&) {
        state_->finish(name, {.failure = no_memory});
    }
    return waiter;
}

}  // namespace eventail::net
