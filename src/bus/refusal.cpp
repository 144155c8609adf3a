#include "bus/refusal.hpp"

namespace eventail::bus {
namespace {

bool has(std::string_view text, std::string_view part) { return text.find(part) != text.npos; }

/// RabbitMQ's words for a queue or exchange that exists with other arguments.
bool is_difference(std::string_view text) { return has(text, "inequivalent arg"); }

}  // namespace

Errc Refusal::error() const {
    return code == wire::ReplyCode::access_refused ? Errc::access_refused
                                                   : Errc::precondition_failed;
}

std::string Refusal::explain(const std::string& url_name) const {
    std::string line = url_name + ": " + text;
    if (code == wire::ReplyCode::access_refused) {
        line += "; give the user the permission";
    } else {
        line += "; it exists with other arguments: delete it, or change it by policy";
    }
    return line;
}

// Other 406 closes are about a moment (a limit, an acknowledgement, a consumer's timeout) and may
// come while something is being declared.
std::optional<Refusal> refusal_for_good(wire::ReplyCode code, std::string_view text) {
    const bool is_final = code == wire::ReplyCode::access_refused ||
                          (code == wire::ReplyCode::precondition_failed && is_difference(text));
    if (!is_final) return std::nullopt;
    return Refusal{.code = code, .text = std::string(text)};
}

}  // namespace eventail::bus
