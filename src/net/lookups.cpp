#include "net/lookups.hpp"

#include "base/atomic.hpp"
#include "base/process.hpp"
#include "base/thread.hpp"
#include "net/resolver.hpp"
#include "net/system_calls.hpp"
#include "net/thread_name.hpp"

#include <signal.h>

#include <cerrno>
#include <map>
#include <system_error>
#include <utility>

namespace eventail::net {
namespace {

using Name = std::pair<std::string, std::uint16_t>;

/// Blocks signals, which are for the program's own threads: a new thread inherits its creator's
/// mask.
class SignalsBlocked {
public:
    SignalsBlocked() {
        sigset_t all;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before_);
    }
    SignalsBlocked(const SignalsBlocked&) = delete;
    SignalsBlocked& operator=(const SignalsBlocked&) = delete;
    ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

private:
    sigset_t before_;
};

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

    /// Gives the result to everyone who waits for it.
    void finish(const Name& name, const Resolution& found) {
        std::vector<std::weak_ptr<Waiter>> waiters;
        {
            const Lock lock(mutex);
            waiters.swap(pending[name]);
            pending.erase(name);
        }
        for (const std::weak_ptr<Waiter>& each : waiters) {
            if (const std::shared_ptr<Waiter> waiter = each.lock()) waiter->finish(found);
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
        at->second.push_back(waiter);
        if (!is_first) return waiter;
    }
    try {
        const SignalsBlocked blocked;
        Thread([state = state_, name] {
            name_this_thread("eventail dns");
            state->finish(name, state->look_up(name.first, name.second));
        }).detach();
    } catch (const std::system_error& error) {
        state_->finish(name, {.failure = too_many("no thread", error.code().value())});
    }
    return waiter;
}

}  // namespace eventail::net
