// Standard output of all subcommands: coloured and cut to the width of a terminal, plain in a pipe.
// Owns writing and its errors; each subcommand decides the content of its lines.
#pragma once

#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>

namespace eventail::tools {

enum class Colour : unsigned char { none, red, green, yellow, blue, magenta, cyan, grey, bold };

/// Facts about the output's reader that change how a line looks.
struct OutputStyle {
    bool has_colours = false;
    std::size_t columns = 0;  ///< 0: unlimited

    /// The style for the current standard output. NO_COLOR and TERM=dumb turn colours off.
    static OutputStyle of_standard_output();
};

/// The text in a colour, or unchanged without colours.
[[nodiscard]] std::string coloured(std::string_view text, Colour colour, const OutputStyle& style);

/// The width, on a terminal, of a text without escapes.
[[nodiscard]] std::size_t columns_of(std::string_view text);
/// The text, cut with an ellipsis at the end if it needs more columns. 0: never cut.
[[nodiscard]] std::string cut(std::string_view text, std::size_t columns);
/// The text, padded with spaces to that many columns.
[[nodiscard]] std::string padded(std::string_view text, std::size_t columns);

/// Nobody reads standard output any more: the program ends as if killed by SIGPIPE.
class ClosedPipe : public std::runtime_error {
public:
    ClosedPipe() : std::runtime_error("nobody reads the output any more") {}
};

/// Writes the line and its end at once. @throws ClosedPipe; Error if the output cannot be written
void write_line(std::string_view line);
/// The same on standard error; ignores failures.
void write_error_line(std::string_view line);

}  // namespace eventail::tools
