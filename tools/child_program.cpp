#include "tools/child_program.hpp"

#include <eventail/error.hpp>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>
#include <vector>

namespace eventail::tools {

namespace {

class Descriptor {
public:
    explicit Descriptor(int number = -1) : number_(number) {}
    Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
    Descriptor& operator=(Descriptor&& other) noexcept {
        std::swap(number_, other.number_);
        return *this;
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() { close(); }

    int get() const { return number_; }
    void close() {
        if (number_ >= 0) ::close(number_);
        number_ = -1;
    }

private:
    int number_;
};

[[noreturn]] void fail(const char* what, int number) {
    const std::error_code error(number, std::generic_category());
    throw Error(error, std::string(what) + ": " + error.message());
}

struct Pipe {
    Descriptor read_end;
    Descriptor write_end;
};

Pipe make_pipe() {
    std::array<int, 2> ends = {};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) fail("cannot make a pipe", errno);
    return {Descriptor(ends[0]), Descriptor(ends[1])};
}

/// This process has blocked signals, and ignores SIGPIPE; the program must not inherit that.
class SpawnSettings {
public:
    SpawnSettings(const Pipe& input, const Pipe& output, const Pipe& errors) {
        ::posix_spawnattr_init(&attributes_);
        ::posix_spawn_file_actions_init(&actions_);
        sigset_t set = {};
        ::sigemptyset(&set);
        ::posix_spawnattr_setsigmask(&attributes_, &set);
        ::sigaddset(&set, SIGPIPE);
        ::posix_spawnattr_setsigdefault(&attributes_, &set);
        ::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
        ::posix_spawn_file_actions_adddup2(&actions_, input.read_end.get(), STDIN_FILENO);
        ::posix_spawn_file_actions_adddup2(&actions_, output.write_end.get(), STDOUT_FILENO);
        ::posix_spawn_file_actions_adddup2(&actions_, errors.write_end.get(), STDERR_FILENO);
    }
    SpawnSettings(const SpawnSettings&) = delete;
    SpawnSettings& operator=(const SpawnSettings&) = delete;
    ~SpawnSettings() {
        ::posix_spawnattr_destroy(&attributes_);
        ::posix_spawn_file_actions_destroy(&actions_);
    }
    const posix_spawnattr_t* attributes() const { return &attributes_; }
    const posix_spawn_file_actions_t* actions() const { return &actions_; }

private:
    posix_spawnattr_t attributes_ = {};
    posix_spawn_file_actions_t actions_ = {};
};

std::vector<std::string> environment_with(const std::map<std::string, std::string>& variables) {
    std::vector<std::string> result;
    for (char** each = environ; *each != nullptr; ++each) {
        const std::string entry = *each;
        if (!variables.contains(entry.substr(0, entry.find('=')))) result.push_back(entry);
    }
    for (const auto& [name, value] : variables) {
        // What stands behind a NUL would be lost: better nothing than a part.
        const bool is_good = value.find('\0') == std::string::npos;
        result.push_back(name + "=" + (is_good ? value : ""));
    }
    return result;
}

/// Reads what there is. @return whether more may come
bool read_some(Descriptor& from, std::string& into) {
    std::array<char, 65536> part{};
    const ssize_t count = ::read(from.get(), part.data(), part.size());
    if (count < 0 && errno == EINTR) return true;
    if (count > 0) into.append(part.data(), static_cast<std::size_t>(count));
    return count > 0;
}

void exchange(Descriptor in, std::string_view input, Descriptor out, Descriptor err,
              ProgramEnd& end, std::size_t most_bytes) {
    ::fcntl(in.get(), F_SETFL, O_NONBLOCK);
    if (input.empty()) in.close();
    while (in.get() >= 0 || out.get() >= 0 || err.get() >= 0) {
        std::array<pollfd, 3> requests = {pollfd{in.get(), POLLOUT, 0},
                                          pollfd{out.get(), POLLIN, 0},
                                          pollfd{err.get(), POLLIN, 0}};
        if (::poll(requests.data(), requests.size(), -1) < 0) continue;
        if (requests[0].revents != 0) {
            const ssize_t count = ::write(in.get(), input.data(), input.size());
            if (count > 0) input.remove_prefix(static_cast<std::size_t>(count));
            // A program need not read its input.
            if (input.empty() || (count < 0 && errno != EAGAIN && errno != EINTR)) in.close();
        }
        if (requests[1].revents != 0 && !read_some(out, end.output)) out.close();
        if (requests[2].revents != 0 && !read_some(err, end.errors)) err.close();
        if (end.output.size() > most_bytes || end.errors.size() > most_bytes) return;
    }
}

int wait_for(pid_t child) {
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

ProgramEnd run_program(const std::string& command, std::string_view input,
                       const std::map<std::string, std::string>& variables,
                       std::size_t most_bytes) {
    Pipe in = make_pipe();
    Pipe out = make_pipe();
    Pipe err = make_pipe();
    std::vector<std::string> entries = environment_with(variables);
    std::vector<char*> environment;
    environment.reserve(entries.size() + 1);
    for (std::string& entry : entries) environment.push_back(entry.data());
    environment.push_back(nullptr);
    std::array<std::string, 3> words = {"sh", "-c", command};
    std::array<char*, 4> arguments = {words[0].data(), words[1].data(), words[2].data(), nullptr};

    pid_t child = 0;
    {
        const SpawnSettings settings(in, out, err);
        const int error =
            ::posix_spawn(&child, "/bin/sh", settings.actions(), settings.attributes(),
                          arguments.data(), environment.data());
        if (error != 0) fail("cannot start /bin/sh", error);
    }
    in.read_end.close();
    out.write_end.close();
    err.write_end.close();
    ProgramEnd end;
    exchange(std::move(in.write_end), input, std::move(out.read_end), std::move(err.read_end), end,
             most_bytes);
    end.exit_status = wait_for(child);
    if (end.output.size() > most_bytes || end.errors.size() > most_bytes) {
        throw Error(Errc::payload_too_large,
                    "its output has more than " + std::to_string(most_bytes) + " bytes");
    }
    return end;
}

}  // namespace eventail::tools
