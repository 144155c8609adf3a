// Brokers by name: a file of contexts, each with its urls and the path of a separate password file.
// Only the owner may read the file (mode 0600); it is always replaced as a whole.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace eventail::tools {

struct Context {
    std::vector<std::string> urls = {};
    std::string password_file = {};  ///< absolute; empty: the urls need none

    bool operator==(const Context&) const = default;
};

using Contexts = std::map<std::string, Context, std::less<>>;

/// $XDG_CONFIG_HOME/eventail/contexts.json, or below ~/.config. @throws Error if HOME is not set
[[nodiscard]] std::string contexts_path();

/// Empty if the file does not exist. @throws Error: unreadable, open to others, or malformed
[[nodiscard]] Contexts read_contexts(const std::string& path);
/// @throws Error
void write_contexts(const std::string& path, const Contexts& contexts);

/// Checks a name from the command line. @throws Error
void check_context_name(std::string_view name);
/// @throws Error: a url is unusable; or, with a password file, lacks a user or has a password
void check_context(const Context& context);

/// The urls to connect to. @throws Error: the password file is unreadable
[[nodiscard]] std::vector<std::string> urls_of(const Context& context);

/// Whether a url holds a password other than the default.
[[nodiscard]] bool has_secret(std::string_view url);
/// Without the password.
[[nodiscard]] std::string without_password(std::string_view url);
/// With the password after the user's name, percent-encoded.
[[nodiscard]] std::string with_password(std::string_view url, std::string_view password);

}  // namespace eventail::tools
