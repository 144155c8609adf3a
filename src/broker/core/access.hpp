// Users and their permissions in each virtual host.
#pragma once

#include "broker/core/pattern.hpp"

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace eventail::broker {

struct User {
    std::string name = {};
    std::string password = {};
    std::vector<std::string> tags = {};
};

/// Regular expressions for the names of exchanges and queues. An empty one matches nothing.
struct Permissions {
    std::string configure = ".*";
    std::string write = ".*";
    std::string read = ".*";
};

enum class AccessKind { configure, write, read };

class AccessRules {
public:
    void add_user(User user);
    void remove_user(std::string_view name);
    bool is_login(std::string_view user, std::string_view password) const;

    /// Throws InvalidPattern.
    void set_permissions(std::string_view user, std::string_view host,
                         const Permissions& permissions);
    /// Whether the user may enter the virtual host at all.
    bool may_enter(std::string_view user, std::string_view host) const;
    /// False also if a search takes too many steps.
    bool may(AccessKind kind, std::string_view user, std::string_view host,
             std::string_view resource) const;

private:
    struct Rule {
        Pattern configure;
        Pattern write;
        Pattern read;
    };

    std::map<std::string, User, std::less<>> users_;
    std::map<std::pair<std::string, std::string>, Rule> rules_;
};

}  // namespace eventail::broker
