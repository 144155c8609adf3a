#include "tools/definitions.hpp"

#include "tools/policy.hpp"
#include <eventail/error.hpp>
#include <eventail/payload.hpp>

#include <algorithm>
#include <fstream>
#include <iterator>

namespace eventail::tools {

namespace {

std::string content_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::string content{std::istreambuf_iterator<char>(file), {}};
    if (!file) throw Error(Errc::invalid_argument, "cannot be read");
    return content;
}

/// A user without permissions cannot enter any virtual host. Ignores permissions of unknown users.
void add_permissions(std::vector<BrokerUser>& users, PayloadView entries) {
    std::vector<BrokerUser> permitted;
    for (const PayloadView entry : entries) {
        const auto name = entry["user"].get<std::string>();
        const auto user = std::ranges::find(users, name, &BrokerUser::name);
        if (user == users.end()) continue;
        permitted.push_back({.name = name,
                             .password = user->password,
                             .configure = entry["configure"].get<std::string>(),
                             .write = entry["write"].get<std::string>(),
                             .read = entry["read"].get<std::string>(),
                             .virtual_hosts = std::vector{entry["vhost"].get<std::string>()}});
    }
    users.insert(users.end(), permitted.begin(), permitted.end());
}

void read_section(Definitions& definitions, std::string_view name, PayloadView entries) {
    if (name == "vhosts") {
        for (const PayloadView entry : entries) {
            definitions.virtual_hosts.push_back(entry["name"].get<std::string>());
        }
    } else if (name == "users") {
        for (const PayloadView entry : entries) {
            definitions.users.push_back({.name = entry["name"].get<std::string>(),
                                         .password = entry["password"].get<std::string>(),
                                         .virtual_hosts = std::vector<std::string>()});
        }
    } else if (name == "policies") {
        for (const PayloadView entry : entries) {
            definitions.policies.push_back({.virtual_host = entry.value("vhost", std::string("/")),
                                            .policy = read_policy(entry)});
        }
    } else if (name != "permissions" && !entries.empty()) {
        definitions.ignored.emplace_back(name);
    }
}

}  // namespace

Definitions read_definitions(const std::string& path) {
    Definitions definitions;
    try {
        const Payload content = Payload::from_json(content_of(path));
        for (const auto& [name, entries] : content.entries()) {
            read_section(definitions, name, entries);
        }
        // Users may come after their permissions.
        if (const auto entries = content.find("permissions")) {
            add_permissions(definitions.users, *entries);
        }
    } catch (const Error& error) {
        throw Error(Errc::invalid_argument, path + ": " + error.what());
    }
    return definitions;
}

}  // namespace eventail::tools
