#include "bus/wording.hpp"

#include <array>
#include <chrono>
#include <cstdio>

namespace eventail::bus {

std::string plural(std::size_t count, std::string_view what) {
    return std::to_string(count) + " " + std::string(what) + (count == 1 ? "" : "s");
}

std::string duration_text(Duration duration) {
    const double seconds = std::chrono::duration<double>(duration).count();
    std::array<char, 32> text{};
    if (seconds < 120) {
        std::snprintf(text.data(), text.size(), "%.1f s", seconds);
    } else if (seconds < 7200) {
        std::snprintf(text.data(), text.size(), "%.0f min", seconds / 60);
    } else {
        std::snprintf(text.data(), text.size(), "%.1f h", seconds / 3600);
    }
    return text.data();
}

}  // namespace eventail::bus
