// A RabbitMQ for contract tests: the one that the test runner started, or one of the test's own
// that may be killed. Runs scripts/rabbitmq; every verb returns when its effect is there.
#pragma once

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace eventail::test {

/// Verbs throw std::runtime_error with what the script said. Each takes a second or two.
class Broker {
public:
    /// The broker of the test run (EVENTAIL_TEST_BROKER_DIR), shared by all tests, one at a time:
    /// leave it running and as it was. Without a test run, one that lives as long as this process.
    static Broker& shared();

    /// Starts a private one, which ends with this object (or with the process, however that ends).
    Broker();
    Broker(const Broker&) = delete;
    Broker& operator=(const Broker&) = delete;

    /// amqp://guest:guest@127.0.0.1:PORT
    const std::string& url() const { return url_; }
    /// url() with another login or virtual host; `virtual_host` percent-encoded.
    std::string url_with(std::string_view user_and_password,
                         std::string_view virtual_host = {}) const;

    /// Of the shared broker, if it listens for TLS, otherwise empty:
    /// amqps://guest:guest@localhost:PORT
    const std::string& tls_url() const { return tls_url_; }
    /// The folder with ca.pem, client.pem, client.key; empty without TLS.
    const std::string& certificates() const { return certificates_; }

    /// kill -9. Returns when the process is gone.
    void kill();
    /// Starts it again, on the same port and data. Returns when it speaks AMQP.
    void restart();

    /// rabbitmqctl. @return what it printed
    std::string ctl(const std::vector<std::string>& arguments);
    void set_policy(const std::string& name, const std::string& queue_pattern,
                    const std::string& definition_json);
    void clear_policy(const std::string& name);
    /// As an operator does: every client gets a connection.close (320). Probes too.
    void close_connections(const std::string& reason);
    /// Memory alarm: publishing connections are blocked, and no longer read.
    void block();
    void unblock();
    /// What the broker calls the connections whose clients gave a name that contains this. Those
    /// that came or went a moment ago may not be right yet.
    std::vector<std::string> connections(std::string_view name);

private:
    struct Guard {
        void operator()(std::FILE* pipe) const;
    };
    struct OfTheRun {};

    explicit Broker(OfTheRun);
    std::string run_script(const std::vector<std::string>& arguments) const;

    std::filesystem::path folder_;
    std::string url_;
    std::string tls_url_;
    std::string certificates_;
    std::unique_ptr<std::FILE, Guard> guard_;  // stops the broker when this pipe is closed
};

}  // namespace eventail::test
