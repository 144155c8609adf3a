#include "broker/core/access.hpp"

#include <utility>

namespace eventail::broker {

namespace {

Pattern compile(const std::string& expression) {
    // RabbitMQ takes an empty expression for no permission at all.
    return Pattern(expression.empty() ? "^$" : expression);
}

}  // namespace

void AccessRules::add_user(User user) {
    std::string name = user.name;
    users_.insert_or_assign(std::move(name), std::move(user));
}

void AccessRules::remove_user(std::string_view name) {
    if (const auto user = users_.find(name); user != users_.end()) users_.erase(user);
    std::erase_if(rules_, [&](const auto& rule) { return rule.first.first == name; });
}

bool AccessRules::is_login(std::string_view name, std::string_view password) const {
    const auto user = users_.find(name);
    return user != users_.end() && user->second.password == password;
}

void AccessRules::set_permissions(std::string_view user, std::string_view host,
                                  const Permissions& permissions) {
    rules_.insert_or_assign({std::string(user), std::string(host)},
                            Rule{compile(permissions.configure), compile(permissions.write),
                                 compile(permissions.read)});
}

bool AccessRules::may_enter(std::string_view user, std::string_view host) const {
    return users_.contains(user) && rules_.contains({std::string(user), std::string(host)});
}

bool AccessRules::may(AccessKind kind, std::string_view user, std::string_view host,
                      std::string_view resource) const {
    const auto found = rules_.find({std::string(user), std::string(host)});
    if (found == rules_.end()) return false;
    const Rule& rule = found->second;
    // RabbitMQ checks the default exchange under this name.
    const std::string_view name = resource.empty() ? "amq.default" : resource;
    const Pattern& expression = kind == AccessKind::configure ? rule.configure
                                : kind == AccessKind::write   ? rule.write
                                                              : rule.read;
    try {
        return expression.is_found_in(name);
    } catch (const PatternGaveUp&) {
        return false;
    }
}

}  // namespace eventail::broker
