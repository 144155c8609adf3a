#include "store/interpret.hpp"

#include "base/printable.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>

namespace eventail::store {
namespace {

constexpr std::size_t longest_quote_bytes = 200;

// The first word of an error, in capitals by convention: "WRONGTYPE Operation against …".
std::string_view code_of(const Reply& reply) {
    const std::string_view text = reply.text;
    const std::string_view word = text.substr(0, text.find(' '));
    const bool is_code = !word.empty() && word.size() <= 32 &&
                         std::ranges::all_of(word, [](char c) { return c >= 'A' && c <= 'Z'; });
    return is_code ? word : "ERR";
}

bool is_one_of(std::string_view code, std::initializer_list<std::string_view> codes) {
    return std::ranges::find(codes, code) != codes.end();
}

bool says(const Reply& reply, std::string_view words) {
    return reply.text.find(words) != std::string::npos;
}

// A server that does not know a command repeats its arguments.
std::string quoted(std::string_view text) {
    text = text.substr(0, text.find(", with args"));
    const std::string_view shown = text.substr(0, longest_quote_bytes);
    return printable(shown) + (shown.size() < text.size() ? "…" : "");
}

Errc errc_of(const Reply& reply) {
    const std::string_view code = code_of(reply);
    if (is_one_of(code, {"NOAUTH", "WRONGPASS", "NOPERM", "DENIED"})) return Errc::access_refused;
    // An error within a script follows after other words in older versions.
    if (says(reply, "WRONGTYPE ")) return Errc::type_mismatch;
    if (says(reply, "NOPERM ")) return Errc::access_refused;
    return Errc::store_refused;
}

std::string hint(const Reply& reply) {
    const std::string_view code = code_of(reply);
    if (code == "NOAUTH") return "; set the password (StoreOptions)";
    if (code == "READONLY") return "; is this a replica? Sentinels find the master";
    if (code == "MOVED" || code == "CROSSSLOT") return "; Redis Cluster is not supported";
    return {};
}

std::string name_of(Reply::Kind kind) {
    switch (kind) {
        case Reply::Kind::nil: return "nil";
        case Reply::Kind::text: return "text";
        case Reply::Kind::status: return "a status";
        case Reply::Kind::error: return "an error";
        case Reply::Kind::integer: return "an integer";
        case Reply::Kind::list: return "a list";
    }
    return "something else";
}

}  // namespace

bool is_no_master(const Reply& reply) {
    return reply.kind == Reply::Kind::error &&
           is_one_of(code_of(reply), {"READONLY", "LOADING", "MASTERDOWN"});
}

bool is_unknown_script(const Reply& reply) {
    return reply.kind == Reply::Kind::error && code_of(reply) == "NOSCRIPT";
}

Error refusal(const Reply& reply, const std::string& who) {
    return {errc_of(reply), who + " refuses: " + quoted(reply.text) + hint(reply)};
}

Error login_refusal(const Reply& reply, const std::string& who) {
    const bool no_login = says(reply, "no password is set") || says(reply, "without any password");
    return {is_no_master(reply) ? Errc::store_refused : Errc::access_refused,
            who + " refuses the login (" + std::string(code_of(reply)) + "); " +
                (no_login ? "it has no password" : "are user and password right?")};
}

Error unexpected(const Reply& reply, const std::string& who) {
    return {Errc::protocol_error, who + " answers with " + name_of(reply.kind) +
                                      ", which is no answer to this request; is it Redis?"};
}

void require_ok(const Reply& reply, const std::string& who) {
    if (reply.kind == Reply::Kind::error) throw refusal(reply, who);
    if (reply.kind != Reply::Kind::status) throw unexpected(reply, who);
}

std::optional<HostAndPort> master_address(const Reply& reply, const std::string& who) {
    if (reply.kind == Reply::Kind::error) throw refusal(reply, who);
    if (reply.kind == Reply::Kind::nil) return std::nullopt;
    const auto is_text = [](const Reply& item) { return item.kind == Reply::Kind::text; };
    if (reply.kind != Reply::Kind::list || reply.items.size() != 2 ||
        !std::ranges::all_of(reply.items, is_text)) {
        throw unexpected(reply, who);
    }
    const std::string& host = reply.items[0].text;
    const std::string& digits = reply.items[1].text;
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (host.empty() || host.find('\0') != std::string::npos || error != std::errc() ||
        end != digits.data() + digits.size() || port == 0) {
        throw Error(Errc::protocol_error, who + " names a master without a usable address");
    }
    return HostAndPort{host, port};
}

Role role_of(const Reply& reply, const std::string& who) {
    if (reply.kind == Reply::Kind::error) throw refusal(reply, who);
    if (reply.kind != Reply::Kind::list || reply.items.empty()) throw unexpected(reply, who);
    const std::string& role = reply.items.front().text;
    if (role == "master") return Role::master;
    if (role == "slave") return Role::replica;
    if (role == "sentinel") return Role::sentinel;
    throw unexpected(reply, who);
}

}  // namespace eventail::store
