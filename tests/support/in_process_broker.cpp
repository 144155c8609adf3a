#include "support/in_process_broker.hpp"

#include "support/certificates.hpp"

#include <nlohmann/json.hpp>
#include <openssl/ssl.h>

#include <chrono>
#include <cstdint>
#include <sstream>
#include <stdexcept>

namespace eventail::test {

InProcessBroker::InProcessBroker() {
    // Before this object exists, so that OpenSSL is cleaned up after it, even after a static one.
    OPENSSL_init_ssl(0, nullptr);
    url_ = "amqp://guest:guest@127.0.0.1:" + std::to_string(broker_.port());
}

std::string InProcessBroker::tls_url() {
    const std::string ca_file = certificates_.path("ca.pem");
    if (!tls_broker_) {
        const Authority authority("ca");
        const Identity identity = authority.issue("broker", "IP:127.0.0.1");
        certificates_.write("ca.pem", authority.certificate());
        tls_broker_ = std::make_unique<EmbeddedBroker>(BrokerOptions{
            .tls = BrokerTls{
                .certificate_file = certificates_.write("broker.pem", identity.certificate),
                .key_file = certificates_.write("broker.key", identity.key)}});
    }
    return tls_broker_->url() + "?cacertfile=" + ca_file;
}

void InProcessBroker::kill() {
    broker_.refuse_connections();
    broker_.cut_connections();
}

void InProcessBroker::restart() {
    broker_.restart();
    broker_.refuse_connections(false);
}

void InProcessBroker::add_user(const std::string& name, const std::string& password,
                               const Permissions& permissions) {
    broker_.add_user({.name = name,
                      .password = password,
                      .configure = permissions.configure,
                      .write = permissions.write,
                      .read = permissions.read});
}

void InProcessBroker::delete_user(const std::string& name) { broker_.remove_user(name); }

void InProcessBroker::set_policy(const std::string& name, const std::string& queue_pattern,
                                 const std::string& definition_json) {
    BrokerPolicy policy{.name = name, .pattern = queue_pattern};
    const nlohmann::json definition = nlohmann::json::parse(definition_json);
    for (const auto& [key, value] : definition.items()) {
        if (key == "dead-letter-exchange") {
            policy.dead_letter_exchange = value;
        } else if (key == "dead-letter-routing-key") {
            policy.dead_letter_routing_key = value;
        } else if (key == "message-ttl") {
            policy.message_ttl = std::chrono::milliseconds(value.get<std::int64_t>());
        } else if (key == "max-length") {
            policy.max_length = value;
        } else if (key == "overflow") {
            policy.overflow = value;
        } else {
            throw std::runtime_error("no test has used this in a policy before: " + key);
        }
    }
    broker_.set_policy(policy);
}

void InProcessBroker::clear_policy(const std::string& name) { broker_.clear_policy(name); }

void InProcessBroker::limit_messages(std::uint64_t max_bytes) {
    broker_.set_max_message_bytes(max_bytes);
}

void InProcessBroker::limit_handling(std::chrono::milliseconds max_time) {
    broker_.set_consumer_timeout(max_time);
}

void InProcessBroker::close_connections(const std::string& reason) {
    broker_.close_connections(reason);
}

void InProcessBroker::block() { broker_.raise_alarm(); }

void InProcessBroker::unblock() { broker_.clear_alarm(); }

std::vector<std::string> InProcessBroker::connections(std::string_view name) {
    std::vector<std::string> found;
    for (const BrokerConnection& each : broker_.connections()) {
        if (each.name.find(name) != std::string::npos) found.push_back(std::to_string(each.id));
    }
    return found;
}

std::string InProcessBroker::overview() {
    std::ostringstream text;
    for (const BrokerQueue& queue : broker_.queues()) {
        text << queue.name << ": " << queue.ready_count << " ready, " << queue.unacknowledged_count
             << " unacknowledged, " << queue.consumer_count << " consumers\n";
    }
    for (const BrokerConnection& each : broker_.connections()) {
        text << each.name << ": published " << each.published_count
             << (each.is_blocked ? ", blocked\n" : "\n");
    }
    return text.str();
}

}  // namespace eventail::test
