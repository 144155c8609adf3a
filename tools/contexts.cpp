#include "tools/contexts.hpp"

#include "tools/json_text.hpp"
#include "tools/text_file.hpp"
#include <eventail/endpoint.hpp>
#include <eventail/error.hpp>
#include <eventail/payload.hpp>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <optional>

namespace eventail::tools {

namespace {

[[noreturn]] void refuse(const std::string& text) { throw Error(Errc::invalid_argument, text); }

/// The place of user and password in a url: after "://", up to the last @ before the path.
struct Login {
    std::size_t begin = 0;
    std::size_t end = 0;  ///< of the @
    std::optional<std::size_t> colon = {};
};

std::optional<Login> login_in(std::string_view url) {
    const std::size_t scheme = url.find("://");
    if (scheme == std::string_view::npos) return std::nullopt;
    Login login{.begin = scheme + 3};
    const std::size_t last = url.rfind('@');
    if (last == std::string_view::npos || last < login.begin) return std::nullopt;
    // A password without percent-encoding may hold a slash: hide too much rather than too little.
    login.end = last;
    const std::size_t colon = url.substr(0, login.end).find(':', login.begin);
    if (colon != std::string_view::npos) login.colon = colon;
    return login;
}

std::string percent_encoded(std::string_view text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    constexpr std::string_view kept = "-._~";
    std::string result;
    for (const char each : text) {
        const auto octet = static_cast<unsigned char>(each);
        const bool is_alphanumeric = (octet >= '0' && octet <= '9') ||
                                     (octet >= 'a' && octet <= 'z') ||
                                     (octet >= 'A' && octet <= 'Z');
        if (is_alphanumeric || kept.find(each) != std::string_view::npos) {
            result += each;
        } else {
            result += {'%', digits[octet >> 4], digits[octet & 15]};
        }
    }
    return result;
}

std::string environment(const char* name) {
    const char* const value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe)
    return value == nullptr ? "" : value;
}

}  // namespace

std::string contexts_path() {
    const std::string own = environment("XDG_CONFIG_HOME");
    if (own.starts_with('/')) return own + "/eventail/contexts.json";
    const std::string home = environment("HOME");
    if (home.empty()) {
        refuse("there is no place for contexts: neither XDG_CONFIG_HOME nor HOME is set");
    }
    return home + "/.config/eventail/contexts.json";
}

Contexts read_contexts(const std::string& path) {
    if (!std::filesystem::exists(path)) return {};
    using std::filesystem::perms;
    const perms mode = std::filesystem::status(path).permissions();
    if ((mode & (perms::group_all | perms::others_all)) != perms::none) {
        refuse(path + ": other users may read or change it; run: chmod 600 '" + path + "'");
    }
    Contexts contexts;
    try {
        const Payload content = Payload::from_json(read_text_file(path));
        for (const auto& [name, entry] : content.entries()) {
            contexts[std::string(name)] = {.urls = entry["urls"].get<std::vector<std::string>>(),
                                           .password_file = entry.value("password_file", "")};
        }
    } catch (const Error& error) {
        refuse(path + ": not a file of contexts: " + error.what());
    }
    return contexts;
}

void write_contexts(const std::string& path, const Contexts& contexts) {
    std::string text = "{";
    for (const auto& [name, context] : contexts) {
        std::string urls;
        for (const std::string& url : context.urls) {
            urls += (urls.empty() ? "" : ", ") + json_of(url);
        }
        text += (text.size() > 1 ? ",\n " : "\n ") + json_of(name) + ": {\"urls\": [" + urls + "]";
        if (!context.password_file.empty()) {
            text += ", \"password_file\": " + json_of(context.password_file);
        }
        text += "}";
    }
    replace_private_file(path, text + "\n}\n");
}

void check_context_name(std::string_view name) {
    constexpr std::size_t longest = 64;
    const bool is_good = !name.empty() && name.size() <= longest && !name.starts_with('-') &&
                         std::ranges::all_of(name, [](char each) {
                             return (each >= '0' && each <= '9') || (each >= 'a' && each <= 'z') ||
                                    (each >= 'A' && each <= 'Z') || each == '-' || each == '_' ||
                                    each == '.';
                         });
    if (!is_good) {
        refuse("a context has a name of letters, digits, '.', '-' and '_' (at most 64): " +
               std::string(name));
    }
}

void check_context(const Context& context) {
    static_cast<void>(Endpoint(context.urls, "eventail"));
    if (context.password_file.empty()) return;
    for (const std::string& url : context.urls) {
        const std::optional<Login> login = login_in(url);
        if (!login) refuse(url + ": with a password file, a url names the user: amqps://USER@HOST");
        if (login->colon) {
            refuse(without_password(url) + ": it has a password, and there is a password file");
        }
    }
}

std::vector<std::string> urls_of(const Context& context) {
    if (context.password_file.empty()) return context.urls;
    std::string password = read_text_file(context.password_file);
    while (password.ends_with('\n') || password.ends_with('\r')) password.pop_back();
    if (password.empty()) refuse(context.password_file + ": it is empty; write the password there");
    std::vector<std::string> urls;
    for (const std::string& url : context.urls) urls.push_back(with_password(url, password));
    return urls;
}

bool has_secret(std::string_view url) {
    const std::optional<Login> login = login_in(url);
    if (!login || !login->colon) return false;
    return url.substr(login->begin, login->end - login->begin) != "guest:guest";
}

std::string without_password(std::string_view url) {
    const std::optional<Login> login = login_in(url);
    std::string result(url);
    if (login && login->colon) result.erase(*login->colon, login->end - *login->colon);
    return result;
}

std::string with_password(std::string_view url, std::string_view password) {
    const std::optional<Login> login = login_in(url);
    std::string result(url);
    if (login) result.insert(login->end, ":" + percent_encoded(password));
    return result;
}

}  // namespace eventail::tools
