#include "bus/fault_streak.hpp"

#include <algorithm>
#include <utility>

namespace eventail::bus {
namespace {

// A message that breaks a connection does so soon. Connections that lasted longer do not count.
constexpr Duration longest_in_a_streak = std::chrono::minutes{1};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Sizes, tags and process ids differ each time.
std::string without_numbers(std::string text) {
    std::erase_if(text, is_digit);
    return text;
}

std::string seconds_text(Duration duration) {
    const auto tenths =
        std::chrono::ceil<std::chrono::duration<long, std::ratio<1, 10>>>(duration).count();
    return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " s";
}

}  // namespace

void FaultStreak::ended(const std::optional<ConnectionFault>& fault, Duration lasted) {
    if (!fault || lasted > longest_in_a_streak) {
        count_ = 0;
        return;
    }
    std::string kind = fault->queue + "\n" + without_numbers(fault->text);
    count_ = count_ > 0 && kind == kind_ ? count_ + 1 : 1;
    kind_ = std::move(kind);
    last_ = *fault;
}

std::string FaultStreak::text(std::string_view connection, Duration pause) const {
    std::string line = "the " + std::string(connection) + " connection has now ended " +
                       std::to_string(count_) + " times in a row with the same error";
    if (!last_.queue.empty()) line += " after messages of queue " + last_.queue;
    line += ": " + last_.url_name + ": " + last_.text + "; the next attempt is made in " +
            seconds_text(pause);
    if (!last_.queue.empty()) {
        line += "; if this continues, look at the first messages of that queue, and move them away";
    }
    return line;
}

}  // namespace eventail::bus
