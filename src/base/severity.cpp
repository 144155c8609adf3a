// The names of severities. (protocol.md, "Log record")
#include <eventail/severity.hpp>

#include <array>
#include <cstddef>

namespace eventail {

std::string_view name_of(Severity severity) {
    static constexpr std::array<std::string_view, 8> names = {
        "EMERGENCY", "ALERT", "CRITICAL", "ERROR", "WARNING", "NOTICE", "INFO", "DEBUG"};
    const auto level = static_cast<std::size_t>(severity);
    return level < names.size() ? names[level] : names.back();
}

}  // namespace eventail
