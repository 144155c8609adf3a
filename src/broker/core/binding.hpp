// A binding leads from an exchange to a queue or to another exchange.
#pragma once

#include "broker/core/memory.hpp"

#include <compare>
#include <list>
#include <string>
#include <utility>

namespace eventail::broker {

class BindingTarget;
class Exchange;

/// Identifies a binding of an exchange. The order puts bindings with the same routing key next to
/// each other, and the patterns of a topic exchange first.
struct BindingKey {
    bool is_literal = true;  ///< Matches exactly its routing key.
    std::string routing_key = {};
    bool to_exchange = false;
    std::string target = {};
    std::string arguments = {};  ///< Encoded.

    // clang-tidy 14 takes the 0 that a defaulted <=> is compared with for a null pointer.
    // NOLINTNEXTLINE(modernize-use-nullptr)
    friend auto operator<=>(const BindingKey&, const BindingKey&) = default;
};

/// A queue or an exchange. It knows the bindings that lead to it.
class BindingTarget {
public:
    struct Incoming {
        Exchange* source = nullptr;
        const BindingKey* key = nullptr;
    };

    BindingTarget(std::string name, bool is_exchange)
        : name_(std::move(name)), is_exchange_(is_exchange) {}
    BindingTarget(const BindingTarget&) = delete;
    BindingTarget& operator=(const BindingTarget&) = delete;

    const std::string& name() const { return name_; }
    bool is_exchange() const { return is_exchange_; }
    const std::list<Incoming>& incoming() const { return incoming_; }
    /// It was deleted. Bindings that are still there lead nowhere and will go too.
    bool is_gone() const { return is_gone_; }
    void leave() { is_gone_ = true; }

protected:
    ~BindingTarget() = default;

private:
    friend class Exchange;

    std::string name_;
    bool is_exchange_;
    bool is_gone_ = false;
    std::list<Incoming> incoming_;
};

}  // namespace eventail::broker
