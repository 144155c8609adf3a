#include "tools/output.hpp"

#include "base/printable.hpp"
#include <eventail/error.hpp>

#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <system_error>

namespace eventail::tools {

namespace {

constexpr std::array<std::string_view, 9> codes = {"",   "31", "32", "33", "34",
                                                   "35", "36", "90", "1"};

std::size_t columns_of(char32_t code_point) {
    // Without a locale, wcwidth() knows only ASCII; one column is then the best guess.
    const int width = ::wcwidth(static_cast<wchar_t>(code_point));
    return width < 0 ? 1 : static_cast<std::size_t>(width);
}

bool write_all(int descriptor, std::string_view text) {
    while (!text.empty()) {
        const ssize_t count = ::write(descriptor, text.data(), text.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return false;
        text.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
}

}  // namespace

OutputStyle OutputStyle::of_standard_output() {
    OutputStyle style;
    if (::isatty(STDOUT_FILENO) == 0) return style;
    const char* const no_colour = std::getenv("NO_COLOR");  // NOLINT(concurrency-mt-unsafe)
    const char* const terminal = std::getenv("TERM");       // NOLINT(concurrency-mt-unsafe)
    style.has_colours = (no_colour == nullptr || *no_colour == '\0') && terminal != nullptr &&
                        std::string_view(terminal) != "dumb";
    winsize size = {};
    style.columns = ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
    return style;
}

std::string coloured(std::string_view text, Colour colour, const OutputStyle& style) {
    if (!style.has_colours || colour == Colour::none || text.empty()) return std::string(text);
    return "\x1b[" + std::string(codes.at(static_cast<std::size_t>(colour))) + "m" +
           std::string(text) + "\x1b[0m";
}

std::size_t columns_of(std::string_view text) {
    std::size_t columns = 0;
    while (!text.empty()) {
        const Character character = first_character(text);
        columns += columns_of(character.code_point);
        text.remove_prefix(character.size_bytes == 0 ? 1 : character.size_bytes);
    }
    return columns;
}

std::string cut(std::string_view text, std::size_t columns) {
    if (columns == 0 || columns_of(text) <= columns) return std::string(text);
    std::size_t size = 0;
    std::size_t taken = 0;
    while (size < text.size()) {
        const Character character = first_character(text.substr(size));
        taken += columns_of(character.code_point);
        if (taken + 1 > columns) break;
        size += character.size_bytes == 0 ? 1 : character.size_bytes;
    }
    return std::string(text.substr(0, size)) + "…";
}

std::string padded(std::string_view text, std::size_t columns) {
    const std::size_t taken = columns_of(text);
    return std::string(text) + std::string(taken < columns ? columns - taken : 0, ' ');
}

void write_line(std::string_view line) {
    if (write_all(STDOUT_FILENO, std::string(line) + "\n")) return;
    if (errno == EPIPE) throw ClosedPipe();
    const std::error_code error(errno, std::generic_category());
    throw Error(error, "cannot write to standard output: " + error.message());
}

void write_error_line(std::string_view line) {
    static_cast<void>(write_all(STDERR_FILENO, std::string(line) + "\n"));
}

}  // namespace eventail::tools
