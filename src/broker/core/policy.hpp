// Policies: settings that an operator gives to queues and exchanges by a pattern of their names.
// Of those that match the one with the highest priority counts; they do not merge.
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

/// What a policy, or a queue's own arguments, may ask for. Unset means: not asked for.
struct Settings {
    std::optional<std::string> dead_letter_exchange = {};
    std::optional<std::string> dead_letter_routing_key = {};
    std::optional<std::chrono::milliseconds> message_ttl = {};
    std::optional<std::chrono::milliseconds> expires = {};  ///< Of a queue that nobody uses.
    std::optional<std::uint64_t> max_length = {};           ///< Messages that are ready.
    std::optional<std::uint64_t> max_length_bytes = {};     ///< Bytes of their bodies.
    std::optional<Overflow> overflow = {};
    std::optional<std::string> alternate_exchange = {};  ///< Of an exchange.
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
    /// Replaces one of the same name. Throws InvalidPattern.
    void set(Policy policy);
    void clear(std::string_view name);

    /// The one that counts for a queue or an exchange; nothing if none matches. Throws
    /// PatternGaveUp.
    const Policy* find(ApplyTo kind, std::string_view name) const;

private:
    struct Compiled {
        Policy policy = {};
        Pattern pattern;
    };

    std::map<std::string, Compiled, std::less<>> policies_;
};

}  // namespace eventail::broker
