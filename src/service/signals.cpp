#include "service/signals.hpp"

#include "net/file_descriptor.hpp"
#include "net/thread_name.hpp"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace eventail::service {
namespace {

constexpr std::array watched = {SIGINT, SIGTERM, SIGHUP};
constexpr unsigned char quit = 0;

// The only things that the handler touches.
std::atomic<int> pipe_to_thread{-1};
std::atomic<pid_t> owner{0};

void on_signal(int signal) {
    if (owner.load() != ::getpid()) {
        // In a child by fork(): the pipe, and the services, are the parent's.
        ::signal(signal, SIG_DFL);
        ::raise(signal);
        return;
    }
    const int saved = errno;
    const auto byte = static_cast<unsigned char>(signal);
    [[maybe_unused]] const ssize_t written = ::write(pipe_to_thread.load(), &byte, 1);
    errno = saved;
}

class Process {
public:
    static Process& instance() {
        static Process process;
        return process;
    }

    void add(std::shared_ptr<std::function<void(int)>> callback) {
        const std::lock_guard lifecycle(lifecycle_);
        if (!callbacks_.empty() && owner != ::getpid()) forget_parent();
        if (callbacks_.empty()) start();
        const std::lock_guard lock(mutex_);
        callbacks_.push_back(std::move(callback));
    }

    void remove(const std::shared_ptr<std::function<void(int)>>& callback) {
        const std::lock_guard lifecycle(lifecycle_);
        {
            const std::lock_guard lock(mutex_);
            std::erase(callbacks_, callback);
            if (!callbacks_.empty()) return;
        }
        finish();
    }

private:
    void start() {
        std::array<int, 2> ends{};
        if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
            throw std::system_error(errno, std::generic_category(), "pipe2");
        }
        read_end_ = net::FileDescriptor(ends[0]);
        write_end_ = net::FileDescriptor(ends[1]);
        ::fcntl(write_end_.get(), F_SETFL, O_NONBLOCK);
        pipe_to_thread = write_end_.get();
        owner = ::getpid();

        // The thread must not be the one that a signal interrupts: its own would be as good, but a
        // debugger's user expects them in the program's threads.
        sigset_t all;
        sigset_t before;
        sigfillset(&all);
        ::pthread_sigmask(SIG_SETMASK, &all, &before);
        thread_ = std::thread([this] { deliver(); });
        ::pthread_sigmask(SIG_SETMASK, &before, nullptr);

        struct sigaction action {};
        action.sa_handler = on_signal;
        action.sa_flags = SA_RESTART;
        sigemptyset(&action.sa_mask);
        for (std::size_t i = 0; i < watched.size(); ++i) {
            ::sigaction(watched[i], &action, &previous_[i]);
        }
    }

    // In a child by fork(): neither the thread nor the services came along.
    void forget_parent() {
        callbacks_.clear();
        thread_.detach();
    }

    void finish() {
        for (std::size_t i = 0; i < watched.size(); ++i) {
            ::sigaction(watched[i], &previous_[i], nullptr);
        }
        [[maybe_unused]] const ssize_t written = ::write(write_end_.get(), &quit, 1);
        thread_.join();
        pipe_to_thread = -1;
        read_end_.reset();
        write_end_.reset();
    }

    void deliver() {
        net::name_this_thread("eventail signal");
        unsigned char byte = quit;
        for (;;) {
            const ssize_t got = ::read(read_end_.get(), &byte, 1);
            if (got < 0 && errno == EINTR) continue;
            if (got != 1 || byte == quit) return;
            const std::lock_guard lock(mutex_);
            for (const auto& callback : callbacks_) (*callback)(byte);
        }
    }

    std::mutex lifecycle_;  // taken before mutex_, and never by the thread
    std::mutex mutex_;
    std::vector<std::shared_ptr<std::function<void(int)>>> callbacks_;
    net::FileDescriptor read_end_;
    net::FileDescriptor write_end_;
    std::thread thread_;
    std::array<struct sigaction, watched.size()> previous_{};
};

}  // namespace

SignalWatch::SignalWatch(std::function<void(int)> callback)
    : callback_(std::make_shared<std::function<void(int)>>(std::move(callback))) {
    Process::instance().add(callback_);
}

SignalWatch::~SignalWatch() { Process::instance().remove(callback_); }

}  // namespace eventail::service
