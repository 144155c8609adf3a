// A RabbitMQ for contract tests: the test runner's, or the test's own, which may be killed. Runs
// scripts/rabbitmq.
#pragma once

#include "support/broker.hpp"

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace eventail::test {

class RabbitMqBroker final : public Broker {
public:
    /// Starts a private one.
    RabbitMqBroker();
    /// The test run's, in the folder EVENTAIL_TEST_BROKER_DIR.
    explicit RabbitMqBroker(const std::string& url);

    std::string tls_url() override;
    std::string certificate_url() override;
    void kill() override;
    void restart() override;
    void add_user(const std::string& name, const std::string& password,
                  const Permissions& permissions) override;
    void delete_user(const std::string& name) override;
    void set_policy(const std::string& name, const std::string& queue_pattern,
                    const std::string& definition_json) override;
    void clear_policy(const std::string& name) override;
    void limit_messages(std::uint64_t max_bytes) override;
    void limit_handling(std::chrono::milliseconds max_time) override;
    void close_connections(const std::string& reason) override;
    void block() override;
    void unblock() override;
    /// Returns their process ids.
    std::vector<std::string> connections(std::string_view name) override;
    std::string overview() override;

private:
    struct Guard {
        void operator()(std::FILE* pipe) const;
    };

    /// rabbitmqctl. @return its output
    std::string ctl(const std::vector<std::string>& arguments) const;
    std::string run_script(const std::vector<std::string>& arguments) const;

    std::filesystem::path folder_;
    std::unique_ptr<std::FILE, Guard> guard_;  // closing this pipe stops the broker
};

}  // namespace eventail::test
