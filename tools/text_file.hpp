// Small files, read and replaced as a whole.
#pragma once

#include <string>

namespace eventail::tools {

/// Reads a regular file of at most 1 MiB. @throws Error (invalid_argument), which names it
[[nodiscard]] std::string read_text_file(const std::string& path);

/// Writes a file that only its owner may read. An existing file keeps its content until the new one
/// is on the disk. Creates the folder. @throws Error
void replace_private_file(const std::string& path, const std::string& content);

}  // namespace eventail::tools
