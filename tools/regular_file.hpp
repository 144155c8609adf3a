// Reads a file that the command line names, without waiting for one that is not a file.
#pragma once

#include <cstddef>
#include <string>

namespace eventail::tools {

/// @throws Error (invalid_argument): missing, unreadable, a folder, a FIFO, larger than
/// `most_bytes`, for which the text says `limit`
[[nodiscard]] std::string read_regular_file(const std::string& path, std::size_t most_bytes,
                                            const std::string& limit);

/// The same of standard input, which may be a pipe.
[[nodiscard]] std::string read_standard_input(std::size_t most_bytes, const std::string& limit);

}  // namespace eventail::tools
