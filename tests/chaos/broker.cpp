// The broker of the chaos run, which obeys its standard input, a verb a line: kill, restart, close,
// block, unblock, fill, empty. Prints the url, then "done" after each verb. EVENTAIL_TEST_BROKER
// and EVENTAIL_RABBITMQ_VERSION choose which broker it is.
#include "support/broker.hpp"

#include <exception>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <string>

namespace {

using eventail::test::Broker;

const std::map<std::string, std::function<void(Broker&)>> verbs = {
    {"kill", [](Broker& broker) { broker.kill(); }},
    {"restart", [](Broker& broker) { broker.restart(); }},
    {"close", [](Broker& broker) { broker.close_connections("chaos"); }},
    {"block", [](Broker& broker) { broker.block(); }},
    {"unblock", [](Broker& broker) { broker.unblock(); }},
    {"fill",
     [](Broker& broker) {
         broker.set_policy("chaos", "^chaosstore\\.commands$",
                           R"({"max-length": 1, "overflow": "reject-publish"})");
     }},
    {"empty", [](Broker& broker) { broker.clear_policy("chaos"); }},
    {"overview", [](Broker& broker) { std::cout << broker.overview(); }},
};

}  // namespace

int main() {
    try {
        const std::unique_ptr<Broker> broker = Broker::start();
        std::cout << broker->url() << std::endl;
        for (std::string verb; std::getline(std::cin, verb);) {
            const auto found = verbs.find(verb);
            if (found == verbs.end()) {
                std::cerr << "chaos: there is no verb " << verb << std::endl;
                return 2;
            }
            found->second(*broker);
            std::cout << "done" << std::endl;
        }
    } catch (const std::exception& error) {
        std::cerr << "chaos: " << error.what() << std::endl;
        return 1;
    }
    return 0;
}
