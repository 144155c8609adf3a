#include "broker/core/policy.hpp"

#include <utility>

namespace eventail::broker {

void Policies::set(Policy policy) {
    Pattern pattern(policy.pattern);
    std::string name = policy.name;
    policies_.insert_or_assign(std::move(name), Compiled{std::move(policy), std::move(pattern)});
}

void Policies::clear(std::string_view name) {
    if (const auto policy = policies_.find(name); policy != policies_.end()) {
        policies_.erase(policy);
    }
}

const Policy* Policies::find(ApplyTo kind, std::string_view name) const {
    const Policy* best = nullptr;
    for (const auto& [_, candidate] : policies_) {
        const Policy& policy = candidate.policy;
        if (policy.apply_to != ApplyTo::all && policy.apply_to != kind) continue;
        if (best && best->priority >= policy.priority) continue;
        if (candidate.pattern.is_found_in(name)) best = &policy;
    }
    return best;
}

}  // namespace eventail::broker
