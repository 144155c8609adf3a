#include "bus/refusal.hpp"

namespace eventail::bus {
namespace {

bool has(std::string_view text, std::string_view part) { return text.find(part) != text.npos; }

/// RabbitMQ's words for a queue or exchange that exists with other arguments.
bool is_difference(std::string_view text) { return has(text, "inequivalent arg"); }

/// RabbitMQ's words for max-queues, max-connections, max-channels and the like: "queue limit in
/// vhost 'x' (8) is reached", "connection limit (8) is reached", "number of channels opened for
/// user 'x' has reached the maximum allowed user limit of (8)".
bool is_limit(std::string_view text) {
    return (has(text, " limit ") && has(text, "reached")) ||
           has(text, "maximum allowed user limit");
}

/// Another consumer has the queue to itself; RabbitMQ refuses ours with 403.
bool is_in_exclusive_use(std::string_view text) { return has(text, "in exclusive use"); }

}  // namespace

Errc Refusal::error() const {
    return code == wire::ReplyCode::access_refused ? Errc::access_refused
                                                   : Errc::precondition_failed;
}

std::string Refusal::explain(const std::string& url_name) const {
    std::string line = url_name + ": " + text;
    if (code == wire::ReplyCode::access_refused) {
        line +=
            "; give the user the permission: configure to declare, write to publish and to bind "
            "a queue, read to consume and to bind to an exchange";
    } else if (has(text, " for exchange ")) {
        line +=
            "; it exists with another type or other arguments: delete it, and it is declared "
            "again";
    } else {
        line +=
            "; it exists with other arguments: delete it with its messages, and it is declared "
            "again; a policy can set limits, expiry and dead-lettering";
    }
    return line;
}

std::string_view remedy(std::string_view text) {
    if (is_limit(text)) return "; raise the limit, or remove what uses it up";
    if (is_in_exclusive_use(text)) return "; another consumer has the queue to itself: stop it";
    if (has(text, "exclusive access to locked queue")) {
        return "; another connection owns the queue: stop that program, or rename the service";
    }
    return {};
}

// Other 406 closes are about a moment (a limit, an acknowledgement, a consumer's timeout) and may
// come while something is being declared.
std::optional<Refusal> refusal_for_good(wire::ReplyCode code, std::string_view text) {
    const bool is_final = (code == wire::ReplyCode::access_refused && !is_in_exclusive_use(text)) ||
                          (code == wire::ReplyCode::precondition_failed && is_difference(text));
    if (!is_final) return std::nullopt;
    return Refusal{.code = code, .text = std::string(text)};
}

}  // namespace eventail::bus
