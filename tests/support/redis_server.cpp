#include "support/redis_server.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <stdexcept>
#include <thread>
#include <utility>

namespace eventail::test {
namespace {

std::uint16_t free_port() {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    const bool is_bound =
        ::bind(fd, generic, length) == 0 && ::getsockname(fd, generic, &length) == 0;
    ::close(fd);
    if (!is_bound) throw std::runtime_error("there is no free port");
    return ntohs(address.sin_port);
}

template <class Condition>
bool comes_true(Condition condition) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds{10};
    while (!condition()) {
        if (std::chrono::steady_clock::now() > until) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds{20});
    }
    return true;
}

std::string quoted(const std::string& word) { return "'" + word + "'"; }

}  // namespace

RedisServer::RedisServer(const std::vector<std::string>& configuration)
    : configuration_(configuration), port_(free_port()) {
    start();
}

RedisServer::~RedisServer() { kill(); }

std::vector<std::string> RedisServer::sentinel_of(const RedisServer& master) {
    return {"sentinel monitor main 127.0.0.1 " + std::to_string(master.port()) + " 2",
            "sentinel down-after-milliseconds main 300", "sentinel failover-timeout main 2000"};
}

void RedisServer::start() {
    std::string text = "port " + std::to_string(port_) +
                       "\nbind 127.0.0.1\nsave \"\"\nappendonly no\nlogfile log\ndir " +
                       folder_.path("") + "\n";
    for (const std::string& line : configuration_) text += line + "\n";
    const std::string file = folder_.write("redis.conf", text);
    const bool is_sentinel = text.find("sentinel monitor") != std::string::npos;
    const char* const program = is_sentinel ? "redis-sentinel" : "redis-server";
    const pid_t parent = ::getpid();
    pid_ = ::fork();
    if (pid_ == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (::getppid() != parent) ::_exit(1);
        const int nothing = ::open("/dev/null", O_RDWR);
        for (const int fd : {0, 1, 2}) ::dup2(nothing, fd);
        ::execlp(program, program, file.c_str(), nullptr);
        ::_exit(127);
    }
    if (pid_ < 0) throw std::runtime_error("cannot fork");
    wait_until_it_answers();
}

void RedisServer::wait_until_it_answers() const {
    const auto answers = [this] { return command({"PING"}) == "PONG"; };
    const auto answers_somehow = [&] {
        return answers() || command({"PING"}).find("NOAUTH") != std::string::npos;
    };
    if (!comes_true(answers_somehow)) {
        throw std::runtime_error("redis-server does not start: is the package installed?");
    }
}

void RedisServer::signal(int number) const { ::kill(pid_, number); }

void RedisServer::kill() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(std::exchange(pid_, -1), nullptr, 0);
}

std::string RedisServer::command(std::initializer_list<std::string> words) const {
    std::string line = "redis-cli -p " + std::to_string(port_);
    for (const std::string& word : words) line += " " + quoted(word);
    line += " 2>&1";
    FILE* const pipe = ::popen(line.c_str(), "re");
    if (pipe == nullptr) throw std::runtime_error("cannot run redis-cli");
    std::string output;
    std::array<char, 4096> buffer{};
    for (std::size_t count = 0; (count = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) {
        output.append(buffer.data(), count);
    }
    ::pclose(pipe);
    if (output.ends_with('\n')) output.pop_back();
    return output;
}

bool RedisServer::comes_to_say(std::initializer_list<std::string> words,
                               const std::string& text) const {
    return comes_true([&] { return command(words).find(text) != std::string::npos; });
}

}  // namespace eventail::test
