// The broker of a contract test: the verbs that both RabbitMQ and the embedded broker support.
// EVENTAIL_TEST_BROKER=embedded chooses the embedded one. Every verb returns when its effect is
// there.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace eventail::test {

/// Regular expressions for the names that a user may configure, write to and read from.
struct Permissions {
    std::string configure = ".*";
    std::string write = ".*";
    std::string read = ".*";
};

/// Verbs throw std::runtime_error. With RabbitMQ each takes a second or two.
class Broker {
public:
    /// The broker of the test run, shared by tests one at a time: leave it running and unchanged.
    /// Outside of a test run, one that lives as long as this process.
    static Broker& shared();
    /// Starts a private one, which ends with this object (or with the process, in whichever way).
    static std::unique_ptr<Broker> start();

    virtual ~Broker() = default;
    Broker(const Broker&) = delete;
    Broker& operator=(const Broker&) = delete;

    /// amqp://guest:guest@127.0.0.1:PORT
    const std::string& url() const { return url_; }
    /// url() with another login or virtual host; `virtual_host` percent-encoded.
    std::string url_with(std::string_view user_and_password,
                         std::string_view virtual_host = {}) const;
    /// A url through TLS, with its authority, to this broker or one of its kind. Empty: RabbitMQ
    /// was started without TLS.
    virtual std::string tls_url() = 0;
    /// The same for a login as guest by certificate (EXTERNAL). Empty: not offered.
    virtual std::string certificate_url() = 0;

    /// Like kill -9: returns when nobody answers any more.
    virtual void kill() = 0;
    /// Starts it again, on the same port and data. Returns when it speaks AMQP.
    virtual void restart() = 0;

    virtual void add_user(const std::string& name, const std::string& password,
                          const Permissions& permissions) = 0;
    virtual void delete_user(const std::string& name) = 0;
    /// For queues. `definition_json` is RabbitMQ's.
    virtual void set_policy(const std::string& name, const std::string& queue_pattern,
                            const std::string& definition_json) = 0;
    virtual void clear_policy(const std::string& name) = 0;
    /// Refuses larger messages (406), on channels opened from now on.
    virtual void limit_messages(std::uint64_t max_bytes) = 0;
    void unlimit_messages() { limit_messages(std::uint64_t{128} << 20); }
    /// Closes a channel (406) whose delivery waits longer for its acknowledgement. Applies to
    /// channels opened from now on; RabbitMQ takes half a second more to notice.
    virtual void limit_handling(std::chrono::milliseconds max_time) = 0;
    void unlimit_handling() { limit_handling(std::chrono::minutes{30}); }

    /// As an operator does: every client gets a connection.close (320), including probes.
    virtual void close_connections(const std::string& reason) = 0;
    /// Memory alarm: the broker blocks publishing connections and stops reading from them.
    virtual void block() = 0;
    virtual void unblock() = 0;
    /// The broker's own, unique names of the connections whose client-given name contains this. May
    /// not yet include, or exclude, connections that came or went a moment ago.
    virtual std::vector<std::string> connections(std::string_view name) = 0;
    /// An operator's view, for the message of a failing test: queues, with their ready and
    /// unacknowledged messages, and connections.
    virtual std::string overview() = 0;

protected:
    Broker() = default;
    explicit Broker(std::string url) : url_(std::move(url)) {}

    std::string url_;
};

}  // namespace eventail::test
