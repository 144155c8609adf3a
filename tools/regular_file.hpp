// Reads a file named on the command line, without blocking on anything that is not a file.
#pragma once

#include <cstddef>
#include <string>

namespace eventail::tools {

/// @throws Error (invalid_argument): the file is missing, unreadable, a folder, a FIFO, or larger
/// than `most_bytes`, which the text calls `limit`
[[nodiscard]] std::string read_regular_file(const std::string& path, std::size_t most_bytes,
                                            const std::string& limit);

/// The same for standard input, which may be a pipe.
[[nodiscard]] std::string read_standard_input(std::size_t most_bytes, const std::string& limit);

}  // namespace eventail::tools
