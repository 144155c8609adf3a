#include "broker/peer/peer_login.hpp"

#include "wire/protocol_error.hpp"
#include "wire/table_view.hpp"

namespace eventail::broker {

namespace {

/// NUL user NUL password.
std::optional<Login> read_plain(std::string_view response) {
    if (response.empty() || response.front() != '\0') return std::nullopt;
    response.remove_prefix(1);
    const std::size_t end = response.find('\0');
    if (end == std::string_view::npos) return std::nullopt;
    return Login{response.substr(0, end), response.substr(end + 1)};
}

/// A field table without its length.
std::optional<Login> read_amqplain(wire::Bytes response) {
    try {
        const auto table = wire::TableView::parse(response);
        const auto user = table.find("LOGIN");
        const auto password = table.find("PASSWORD");
        if (!user || !password) return std::nullopt;
        const auto user_text = user->as_text();
        const auto password_text = password->as_text();
        if (!user_text || !password_text) return std::nullopt;
        return Login{*user_text, *password_text};
    } catch (const wire::ProtocolError&) {
        return std::nullopt;
    }
}

}  // namespace

std::optional<Login> read_login(std::string_view mechanism, wire::Bytes response) {
    if (mechanism == "PLAIN") return read_plain(wire::as_text(response));
    if (mechanism == "AMQPLAIN") return read_amqplain(response);
    return std::nullopt;
}

}  // namespace eventail::broker
