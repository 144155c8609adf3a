// A program of contract/programs/, in a separate process.
#pragma once

#include "contract/service_fixture.hpp"
#include "support/temporary_folder.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

extern char** environ;

namespace eventail::test {

class ChildProcess {
public:
    enum class Streams : unsigned char {
        read,       ///< both go to output()
        unread,     ///< nobody reads standard error: a broken pipe
        stuck,      ///< somebody has the other end of standard error open, but does not read
        are_closed  ///< all three
    };
    struct Manner {
        Streams streams = Streams::read;
        std::vector<int> ignored_signals = {};  ///< as nohup and a shell's & do
    };

    /// `words`: the program's name and its arguments.
    explicit ChildProcess(std::vector<std::string> words) : ChildProcess(std::move(words), {}) {}
    ChildProcess(std::vector<std::string> words, const Manner& manner) {
        words[0] = EVENTAIL_CONTRACT_PROGRAMS_DIR "/" + words[0];
        std::vector<char*> arguments;
        for (std::string& word : words) arguments.push_back(word.data());
        arguments.push_back(nullptr);
        const int output = ::open(output_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        std::array<int, 2> unread{};
        if (output < 0 || ::pipe2(unread.data(), O_CLOEXEC) != 0) {
            throw std::runtime_error("cannot run " + words[0]);
        }
        pid_ = ::fork();
        if (pid_ == 0) {
            for (const int signal : manner.ignored_signals) ::signal(signal, SIG_IGN);
            ::dup2(output, STDOUT_FILENO);
            const bool is_pipe =
                manner.streams == Streams::unread || manner.streams == Streams::stuck;
            ::dup2(is_pipe ? unread[1] : output, STDERR_FILENO);
            if (manner.streams == Streams::are_closed) {
                for (const int fd : {0, 1, 2}) ::close(fd);
            }
            ::execv(arguments[0], arguments.data());
            ::_exit(127);
        }
        for (const int fd : {output, unread[1]}) ::close(fd);
        if (manner.streams == Streams::stuck) {
            stuck_end_ = unread[0];
        } else {
            ::close(unread[0]);
        }
        if (pid_ < 0) throw std::runtime_error("cannot run " + words[0]);
    }
    ~ChildProcess() {
        if (stuck_end_ >= 0) ::close(stuck_end_);
        if (has_ended()) return;
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }
    ChildProcess(const ChildProcess&) = delete;
    ChildProcess& operator=(const ChildProcess&) = delete;

    pid_t pid() const { return pid_; }
    std::string output() const {
        std::ifstream file(output_);
        return {std::istreambuf_iterator<char>(file), {}};
    }
    /// Waits until the program has printed the text.
    bool says(std::string_view text, std::size_t times = 1) const {
        return says_within(std::chrono::seconds{20}, text, times);
    }
    bool says_within(std::chrono::milliseconds patience, std::string_view text,
                     std::size_t times = 1) const {
        const auto has_said_it = [&] {
            const std::string all = output();
            std::size_t count = 0;
            for (std::size_t at = all.find(text); at != std::string::npos;
                 at = all.find(text, at + 1)) {
                ++count;
            }
            return count >= times;
        };
        return eventually(has_said_it, patience);
    }
    bool has_said(std::string_view text) const { return output().find(text) != std::string::npos; }

    void signal(int number) {
        signalled_at_ = std::chrono::steady_clock::now();
        ::kill(pid_, number);
    }
    void terminate() { signal(SIGTERM); }
    bool is_alive() { return !has_ended(); }

    /// Waits for its end. @return its exit status, or minus one: not in time, or by a signal
    int status() { return status_within(std::chrono::seconds{20}); }
    int status_within(std::chrono::milliseconds patience) {
        if (!eventually([this] { return has_ended(); }, patience)) return -1;
        return WIFEXITED(status_) ? WEXITSTATUS(status_) : -1;
    }
    /// Waits for its end. @return the signal that ended it, or 0
    int ended_by() {
        if (!eventually([this] { return has_ended(); })) return 0;
        return WIFSIGNALED(status_) ? WTERMSIG(status_) : 0;
    }
    /// Since the last signal().
    double seconds_to_end() const { return seconds_to_end_; }

private:
    bool has_ended() {
        if (is_over_) return true;
        if (::waitpid(pid_, &status_, WNOHANG) != pid_) return false;
        seconds_to_end_ = seconds_since(signalled_at_);
        is_over_ = true;
        return true;
    }

    TemporaryFolder folder_;
    std::string output_ = folder_.path("output");
    int stuck_end_ = -1;
    pid_t pid_ = -1;
    bool is_over_ = false;
    int status_ = -1;
    std::chrono::steady_clock::time_point signalled_at_ = {};
    double seconds_to_end_ = 0;
};

}  // namespace eventail::test
