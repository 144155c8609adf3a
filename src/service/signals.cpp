#include "service/signals.hpp"

#include "base/mutex.hpp"
#include "base/shared_mutex.hpp"
#include "base/time.hpp"
#include "net/file_descriptor.hpp"
#include "net/signals_blocked.hpp"
#include "net/thread_name.hpp"
#include "service/home_process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <future>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace eventail::service {

/// Called with the mutex shared: a farewell does not wait for a callback that hangs.
struct SignalWatch::Callbacks {
    SharedMutex mutex;
    SignalWatch::Callback told;
    SignalWatch::Callback farewell;
    bool is_gone EVENTAIL_GUARDED_BY(mutex) = false;
};

namespace {

constexpr std::array watched = {SIGINT, SIGTERM, SIGHUP};
constexpr unsigned char quit = 0;

// A key held down, or a signal from shell and terminal at once, is one wish to stop.
constexpr Duration one_wish = std::chrono::seconds{1};
constexpr Duration longest_farewell = std::chrono::seconds{1};

// The handler touches nothing else.
std::atomic<int> pipe_to_thread{-1};
std::atomic<pid_t> owner{0};

void on_signal(int signal) {
    if (owner.load() != ::getpid()) {
        // In a fork's child: the pipe, and the services, belong to the parent.
        ::signal(signal, SIG_DFL);
        ::raise(signal);
        return;
    }
    const int saved = errno;
    const auto byte = static_cast<unsigned char>(signal);
    [[maybe_unused]] const ssize_t written = ::write(pipe_to_thread.load(), &byte, 1);
    errno = saved;
}

using Watchers = std::vector<std::shared_ptr<SignalWatch::Callbacks>>;

void call_all(const Watchers& watchers, SignalWatch::Callback SignalWatch::Callbacks::*which,
              int signal) {
    for (const auto& watcher : watchers) {
        const SharedLock lock(watcher->mutex);
        if (!watcher->is_gone) ((*watcher).*which)(signal);
    }
}

[[noreturn]] void end_by_default(int signal) {
    ::signal(signal, SIG_DFL);
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_UNBLOCK, &all, nullptr);
    ::raise(signal);
    // The first process of a container has no default action.
    ::_exit(128 + signal);
}

[[noreturn]] void end_at_once(const Watchers& watchers, int signal) {
    try {
        // By another thread: what hangs may hold what it needs.
        const auto is_said = std::make_shared<std::promise<void>>();
        std::thread([watchers, signal, is_said] {
            try {
                call_all(watchers, &SignalWatch::Callbacks::farewell, signal);
            } catch (...) {
                // Without memory, without a word.
            }
            is_said->set_value();
        }).detach();
        is_said->get_future().wait_for(longest_farewell);
    } catch (...) {
        // Then without a word.
    }
    end_by_default(signal);
}

/// Never destroyed: exit() may be called by any thread while others watch.
class Process {
public:
    /// The one of this process: the child of a fork gets its own.
    static Process& instance() {
        static constinit std::atomic<Process*> current = nullptr;
        Process* process = current.load();
        while (process == nullptr || process->home_.is_left()) {
            auto* const fresh = new Process;
            if (current.compare_exchange_strong(process, fresh)) return *fresh;
            delete fresh;
        }
        return *process;
    }

    void add(std::shared_ptr<SignalWatch::Callbacks> watcher) {
        const Lock lifecycle(lifecycle_);
        if (watchers().empty()) start();
        const Lock lock(mutex_);
        watchers_.push_back(std::move(watcher));
    }

    void remove(const std::shared_ptr<SignalWatch::Callbacks>& watcher) {
        const Lock lifecycle(lifecycle_);
        {
            const Lock lock(mutex_);
            std::erase(watchers_, watcher);
        }
        {
            const ExclusiveLock lock(watcher->mutex);
            watcher->is_gone = true;
        }
        if (watchers().empty()) finish();
    }

private:
    Watchers watchers() {
        const Lock lock(mutex_);
        return watchers_;
    }

    void start() EVENTAIL_REQUIRES(lifecycle_) {
        std::array<int, 2> ends{};
        if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
            throw std::system_error(errno, std::generic_category(), "pipe2");
        }
        read_end_ = net::FileDescriptor(ends[0]);
        write_end_ = net::FileDescriptor(ends[1]);
        ::fcntl(write_end_.get(), F_SETFL, O_NONBLOCK);
        pipe_to_thread = write_end_.get();
        owner = ::getpid();
        {
            const net::SignalsBlocked blocked;
            reader_ = std::thread([this] { read_signals(); });
        }
        struct sigaction action {};
        action.sa_handler = on_signal;
        action.sa_flags = SA_RESTART;
        ::sigemptyset(&action.sa_mask);
        for (std::size_t i = 0; i < watched.size(); ++i) {
            struct sigaction before {};
            ::sigaction(watched[i], nullptr, &before);
            if (before.sa_handler == SIG_IGN) continue;
            previous_[i] = before;
            ::sigaction(watched[i], &action, nullptr);
        }
    }

    void finish() EVENTAIL_REQUIRES(lifecycle_) {
        for (std::size_t i = 0; i < watched.size(); ++i) {
            if (previous_[i]) ::sigaction(watched[i], &*previous_[i], nullptr);
            previous_[i].reset();
        }
        [[maybe_unused]] const ssize_t written = ::write(write_end_.get(), &quit, 1);
        reader_.join();
        pipe_to_thread = -1;
        read_end_.reset();
        write_end_.reset();
    }

    // The reader never waits for a watcher: the second signal must get through.
    void read_signals() {
        net::name_this_thread("eventail signal");
        std::optional<TimePoint> first;
        unsigned char signal = quit;
        for (;;) {
            const ssize_t got = ::read(read_end_.get(), &signal, 1);
            if (got < 0 && errno == EINTR) continue;
            if (got != 1 || signal == quit) break;
            const TimePoint now = Clock::now();
            const bool is_second = first && now - *first >= one_wish;
            if (is_second && signal != SIGHUP) end_at_once(watchers(), signal);
            if (!first) first = now;
            try {
                tell(signal);
            } catch (...) {
                end_by_default(signal);  // without memory or a thread, nothing can stop in order
            }
        }
        stop_telling();
    }

    void tell(int signal) {
        {
            const Lock lock(mutex_);
            untold_.push_back(signal);
        }
        changed_.notify_one();
        // It inherits blocked signals.
        if (!teller_.joinable()) teller_ = std::thread([this] { tell_signals(); });
    }

    void stop_telling() {
        if (!teller_.joinable()) return;
        {
            const Lock lock(mutex_);
            untold_.push_back(quit);
        }
        changed_.notify_one();
        teller_.join();
        const Lock lock(mutex_);
        untold_.clear();
    }

    void tell_signals() {
        net::name_this_thread("eventail signal");
        for (;;) {
            int signal = quit;
            {
                Lock lock(mutex_);
                while (untold_.empty()) changed_.wait(lock);
                signal = untold_.front();
                untold_.erase(untold_.begin());
            }
            if (signal == quit) return;
            try {
                call_all(watchers(), &SignalWatch::Callbacks::told, signal);
            } catch (...) {
                end_by_default(signal);
            }
        }
    }

    HomeProcess home_;
    Mutex lifecycle_ EVENTAIL_ACQUIRED_BEFORE(mutex_);  // never taken by the threads
    Mutex mutex_;
    Condition changed_;
    Watchers watchers_ EVENTAIL_GUARDED_BY(mutex_);
    std::vector<int> untold_ EVENTAIL_GUARDED_BY(mutex_);
    net::FileDescriptor read_end_;
    net::FileDescriptor write_end_;
    std::thread reader_;
    std::thread teller_;  // from the first signal on
    // For the signals that are not ignored.
    std::array<std::optional<struct sigaction>, watched.size()> previous_
        EVENTAIL_GUARDED_BY(lifecycle_){};
};

}  // namespace

std::string_view name_of_signal(int signal) noexcept {
    switch (signal) {
        case SIGINT: return "SIGINT";
        case SIGTERM: return "SIGTERM";
        case SIGHUP: return "SIGHUP";
        default: return "a signal";
    }
}

SignalWatch::SignalWatch(Callback told, Callback farewell)
    : callbacks_(std::make_shared<Callbacks>()) {
    callbacks_->told = std::move(told);
    callbacks_->farewell = std::move(farewell);
    Process::instance().add(callbacks_);
}

SignalWatch::~SignalWatch() { Process::instance().remove(callbacks_); }

}  // namespace eventail::service
