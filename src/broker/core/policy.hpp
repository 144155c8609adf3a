// Policies: settings for queues and exchanges whose names match a pattern. The matching policy with
// the highest priority applies; they do not merge.
#pragma once

#include "broker/core/pattern.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace eventail::broker {

enum class Overflow { drop_head, reject_publish, reject_publish_dlx };

/// The settings that a policy, or a queue's or exchange's own arguments, can make.
struct Settings {
    std::optional<std::string> dead_letter_exchange = {};
    std::optional<std::string> dead_letter_routing_key = {};
    std::optional<std::chrono::milliseconds> message_ttl = {};
    std::optional<std::chrono::milliseconds> expires = {};  ///< For an unused queue.
    std::optional<std::uint64_t> max_length = {};           ///< Ready messages.
    std::optional<std::uint64_t> max_length_bytes = {};     ///< Bytes in their bodies.
    std::optional<Overflow> overflow = {};
    std::optional<std::string> alternate_exchange = {};  ///< For an exchange.
};

enum class ApplyTo { all, queues, exchanges };

struct Policy {
    std::string name = {};
    /// A regular expression, searched for in the name.
    std::string pattern = {};
    Settings settings = {};
    int priority = 0;
    ApplyTo apply_to = ApplyTo::all;
};

/// The policies of one virtual host.
class Policies {
public:
    /// Replaces a policy of the same name. Throws InvalidPattern.
    void set(Policy policy);
    void clear(std::string_view name);

    /// The policy that applies to a queue or an exchange, if any. Throws PatternGaveUp.
    const Policy* find(ApplyTo kind, std::string_view name) const;

private:
    struct Compiled {
        Policy policy = {};
        Pattern pattern;
    };

    std::map<std::string, Compiled, std::less<>> policies_;
};

}  // namespace eventail::broker
