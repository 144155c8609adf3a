// Small files: read as a whole, and replaced as a whole.
#pragma once

#include <string>

namespace eventail::tools {

/// The content of a regular file of at most 1 MiB. @throws Error (invalid_argument) that names it
[[nodiscard]] std::string read_text_file(const std::string& path);

/// Writes a file that only its owner may read, in place of one that may be there, whose content
/// stays until the new one is on the disk. Makes its folder. @throws Error
void replace_private_file(const std::string& path, const std::string& content);

}  // namespace eventail::tools
