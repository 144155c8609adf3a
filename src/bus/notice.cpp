#include "bus/notice.hpp"

namespace eventail::bus {

Notice alarm_notice(bool is_blocked, const std::string& reason) {
    if (!is_blocked) return {.severity = Severity::info, .text = "the broker takes messages again"};
    return {.severity = Severity::warning,
            .text = "the broker is in alarm and takes no messages: " + reason};
}

}  // namespace eventail::bus
