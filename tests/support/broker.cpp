#include "support/broker.hpp"

#include "support/in_process_broker.hpp"
#include "support/rabbitmq_broker.hpp"

#include <cstdlib>
#include <stdexcept>

namespace eventail::test {
namespace {

bool is_embedded_wanted() {
    const char* const wanted = std::getenv("EVENTAIL_TEST_BROKER");
    if (wanted == nullptr) return false;
    if (std::string_view(wanted) == "embedded") return true;
    throw std::runtime_error("EVENTAIL_TEST_BROKER knows only 'embedded', not '" +
                             std::string(wanted) + "'");
}

std::unique_ptr<Broker> shared_one() {
    const char* const of_the_run = std::getenv("EVENTAIL_TEST_AMQP_URL");
    if (is_embedded_wanted() || of_the_run == nullptr) return Broker::start();
    return std::make_unique<RabbitMqBroker>(of_the_run);
}

}  // namespace

Broker& Broker::shared() {
    static const std::unique_ptr<Broker> one = shared_one();
    return *one;
}

std::unique_ptr<Broker> Broker::start() {
    if (is_embedded_wanted()) return std::make_unique<InProcessBroker>();
    return std::make_unique<RabbitMqBroker>();
}

std::string Broker::url_with(std::string_view user_and_password,
                             std::string_view virtual_host) const {
    std::string url = "amqp://" + std::string(user_and_password) + url_.substr(url_.find('@'));
    if (!virtual_host.empty()) url += "/" + std::string(virtual_host);
    return url;
}

}  // namespace eventail::test
