// The embedded broker in place of RabbitMQ: in the test's process, and gone with it.
#pragma once

#include "support/broker.hpp"
#include "support/temporary_folder.hpp"
#include <eventail/broker.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace eventail::test {

class InProcessBroker final : public Broker {
public:
    InProcessBroker();

    /// From a second broker: a port serves TLS or plain TCP.
    std::string tls_url() override;
    std::string certificate_url() override { return {}; }
    /// Cuts all connections, and new ones. The port stays taken.
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
    std::vector<std::string> connections(std::string_view name) override;
    std::string overview() override;

private:
    EmbeddedBroker broker_;
    TemporaryFolder certificates_;
    std::unique_ptr<EmbeddedBroker> tls_broker_;
};

}  // namespace eventail::test
