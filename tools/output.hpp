// Standard output of all subcommands: coloured and cut to the width of a terminal, plain in a pipe.
// Owns the writing and its errors; what a line says is up to its subcommand.
#pragma once

#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>

namespace eventail::tools {

enum class Colour : unsigned char { none, red, green, yellow, blue, magenta, cyan, grey, bold };

/// Who reads the output, as far as it changes how a line looks.
struct OutputStyle {
    bool has_colours = false;
    std::size_t columns = 0;  ///< 0: a line may be of any length

    /// Of standard output, as it is now. NO_COLOR and TERM=dumb turn colours off.
    static OutputStyle of_standard_output();
};

/// The text in a colour, or as it is without colours.
[[nodiscard]] std::string coloured(std::string_view text, Colour colour, const OutputStyle& style);

/// How many columns a text without escapes takes on a terminal.
[[nodiscard]] std::size_t columns_of(std::string_view text);
/// Its beginning, with an ellipsis at the end, if it takes more columns. 0: never cut.
[[nodiscard]] std::string cut(std::string_view text, std::size_t columns);
/// Filled with spaces up to that many columns.
[[nodiscard]] std::string padded(std::string_view text, std::size_t columns);

/// Nobody reads standard output any more: the program ends as if by SIGPIPE.
class ClosedPipe : public std::runtime_error {
public:
    ClosedPipe() : std::runtime_error("nobody reads the output any more") {}
};

/// Writes the line and its end at once. @throws ClosedPipe; Error if the output cannot be written
void write_line(std::string_view line);
/// The same, on standard error; failures are ignored.
void write_error_line(std::string_view line);

}  // namespace eventail::tools
