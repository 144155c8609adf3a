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

/// In the order of the file: users may stand behind their permissions.
struct Permission {
    std::string user = {};
    std::string configure = {};
    std::string write = {};
    std::string read = {};

    bool operator==(const Permission&) const = default;
};

std::vector<Permission> read_permissions(PayloadView entries) {
    std::vector<Permission> permissions;
    for (const PayloadView entry : entries) {
        permissions.push_back({.user = entry["user"].get<std::string>(),
                               .configure = entry["configure"].get<std::string>(),
                               .write = entry["write"].get<std::string>(),
                               .read = entry["read"].get<std::string>()});
    }
    return permissions;
}

/// A user that is given nothing may do nothing.
void apply_permissions(BrokerUser& user, const std::vector<Permission>& permissions) {
    const auto of_user = [&](const Permission& each) { return each.user == user.name; };
    const auto first = std::ranges::find_if(permissions, of_user);
    const Permission permission = first == permissions.end() ? Permission{} : *first;
    const bool is_one = std::ranges::all_of(
        permissions, [&](const Permission& each) { return !of_user(each) || each == permission; });
    if (!is_one) {
        throw Error(Errc::invalid_argument,
                    "user " + user.name + ": other permissions in other virtual hosts");
    }
    user.configure = permission.configure;
    user.write = permission.write;
    user.read = permission.read;
}

void read_section(Definitions& definitions, std::string_view name, PayloadView entries) {
    if (name == "vhosts") {
        for (const PayloadView entry : entries) {
            definitions.virtual_hosts.push_back(entry["name"].get<std::string>());
        }
    } else if (name == "users") {
        for (const PayloadView entry : entries) {
            definitions.users.push_back({.name = entry["name"].get<std::string>(),
                                         .password = entry["password"].get<std::string>()});
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
        for (const auto& [name, entries] : content.items()) {
            read_section(definitions, name, entries);
        }
        if (const auto entries = content.find("permissions")) {
            const std::vector<Permission> permissions = read_permissions(*entries);
            for (BrokerUser& user : definitions.users) apply_permissions(user, permissions);
        }
    } catch (const Error& error) {
        throw Error(Errc::invalid_argument, path + ": " + error.what());
    }
    return definitions;
}

}  // namespace eventail::tools
