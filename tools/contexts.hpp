// Brokers by name: a file of contexts, each with its urls and, apart from them, the file that holds
// the password. The file is its owner's alone (mode 0600), and replaced as a whole.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace eventail::tools {

struct Context {
    std::vector<std::string> urls = {};
    std::string password_file = {};  ///< absolute; empty: the urls have what they need

    bool operator==(const Context&) const = default;
};

using Contexts = std::map<std::string, Context, std::less<>>;

/// $XDG_CONFIG_HOME/eventail/contexts.json, or below ~/.config. @throws Error without a home
[[nodiscard]] std::string contexts_path();

/// Empty if there is no such file. @throws Error: unreadable, open to others, not as written here
[[nodiscard]] Contexts read_contexts(const std::string& path);
/// @throws Error
void write_contexts(const std::string& path, const Contexts& contexts);

/// A name for the command line. @throws Error
void check_context_name(std::string_view name);
/// @throws Error: a url cannot be used; with a password file, it names no user or has a password
void check_context(const Context& context);

/// The urls to connect to. @throws Error: the password file cannot be read
[[nodiscard]] std::vector<std::string> urls_of(const Context& context);

/// Whether a url holds a password that not everybody knows.
[[nodiscard]] bool has_secret(std::string_view url);
/// Without the password.
[[nodiscard]] std::string without_password(std::string_view url);
/// With the password behind the user's name, percent-encoded.
[[nodiscard]] std::string with_password(std::string_view url, std::string_view password);

}  // namespace eventail::tools
