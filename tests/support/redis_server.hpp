// A redis-server or a redis-sentinel of a test's own, in a folder of its own, ended by its process
// id.
#pragma once

#include "support/temporary_folder.hpp"

#include <sys/types.h>

#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

namespace eventail::test {

class RedisServer {
public:
    /// Starts it on a free port, with more words of its configuration; returns when it answers.
    explicit RedisServer(const std::vector<std::string>& configuration = {});
    ~RedisServer();
    RedisServer(const RedisServer&) = delete;
    RedisServer& operator=(const RedisServer&) = delete;

    /// A Sentinel that watches `master` as the service "main", and gives it up after 300 ms.
    static std::vector<std::string> sentinel_of(const RedisServer& master);

    std::uint16_t port() const { return port_; }
    std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

    void signal(int number) const;  ///< SIGSTOP, SIGCONT
    void kill();                    ///< with -9
    void start();                   ///< again, on the same port, empty

    /// Runs redis-cli. @return what it prints, without the last line break
    std::string command(std::initializer_list<std::string> words) const;
    /// Whether it answers with this text within ten seconds.
    bool comes_to_say(std::initializer_list<std::string> words, const std::string& text) const;

private:
    void wait_until_it_answers() const;

    TemporaryFolder folder_;
    std::vector<std::string> configuration_;
    std::uint16_t port_ = 0;
    pid_t pid_ = -1;
};

}  // namespace eventail::test
