// An exchange and its bindings: which bindings a message matches. The router follows them further.
#pragma once

#include "broker/core/binding.hpp"
#include "broker/core/memory.hpp"
#include "broker/core/message.hpp"
#include "broker/core/policy.hpp"
#include "wire/table.hpp"

#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace eventail::broker {

enum class ExchangeType { direct, fanout, topic, headers };

std::string_view to_text(ExchangeType type);
/// Nothing for an unknown type.
std::optional<ExchangeType> parse_exchange_type(std::string_view text);

struct ExchangeDefinition {
    std::string name = {};
    ExchangeType type = ExchangeType::direct;
    bool durable = false;
    bool auto_delete = false;
    bool internal = false;
    wire::Table arguments = {};
    Settings settings = {};  ///< Read from the arguments.
};

class Exchange : public BindingTarget {
public:
    Exchange(std::shared_ptr<MemoryGauge> gauge, ExchangeDefinition definition);

    const ExchangeDefinition& definition() const { return definition_; }

    void apply(const Policy* policy);
    const std::string& policy_name() const { return policy_name_; }
    /// Gets the messages that match no binding.
    const std::optional<std::string>& alternate_exchange() const { return alternate_exchange_; }

    /// False if the binding existed. `arguments` is a table's content.
    bool bind(BindingTarget& target, std::string_view routing_key, wire::TableView arguments);
    /// False if there was no such binding.
    bool unbind(BindingTarget& target, std::string_view routing_key, wire::TableView arguments);
    void unbind(const BindingTarget::Incoming& incoming);
    bool has_binding(const BindingTarget& target, std::string_view routing_key,
                     wire::TableView arguments) const;
    /// Takes any one of them off. False if there is none.
    bool unbind_one();
    /// Whether one leads somewhere.
    bool has_bindings() const;
    /// Whether there is not even one that leads nowhere.
    bool is_without_bindings() const { return bindings_.empty(); }

    using Visit = std::function<void(BindingTarget&)>;
    /// Calls `visit` for the target, gone or not, of each binding that a message with this key
    /// takes; perhaps more than once for the same target.
    void for_each_match(std::string_view routing_key, wire::TableView headers,
                        const Visit& visit) const;
    void for_each_binding(
        const std::function<void(const BindingKey&, const BindingTarget&)>& visit) const;

private:
    struct Binding {
        Binding(std::shared_ptr<MemoryGauge> gauge, std::size_t bytes, BindingTarget& bound)
            : target(&bound), charge(std::move(gauge), bytes) {}

        BindingTarget* target;
        std::list<BindingTarget::Incoming>::iterator incoming = {};  ///< In the target's list.
        MemoryCharge charge;
    };
    using Bindings = std::map<BindingKey, Binding>;

    void erase(Bindings::iterator binding);
    void visit_literal(std::string_view routing_key, const Visit& visit) const;

    std::shared_ptr<MemoryGauge> gauge_;
    MemoryCharge charge_;
    ExchangeDefinition definition_;
    std::string policy_name_;
    std::optional<std::string> alternate_exchange_;
    Bindings bindings_;
};

}  // namespace eventail::broker
