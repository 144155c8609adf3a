#include "store/address.hpp"

#include "base/printable.hpp"
#include <eventail/error.hpp>

#include <charconv>
#include <optional>

namespace eventail::store {
namespace {

[[noreturn]] void refuse(std::string_view what) {
    throw Error(Errc::invalid_argument, std::string(what));
}

std::uint16_t parse_port(std::string_view text) {
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (error != std::errc() || end != text.data() + text.size() || port == 0) {
        refuse("the port is not a number from 1 to 65535");
    }
    return port;
}

}  // namespace

std::string to_text(const HostAndPort& address) {
    const bool has_colons = address.host.find(':') != std::string::npos;
    const std::string host = printable(address.host);
    return (has_colons ? "[" + host + "]" : host) + ":" + std::to_string(address.port);
}

HostAndPort parse_address(std::string_view text, std::uint16_t default_port) {
    if (text.find("://") != std::string_view::npos) refuse("it is a url; write host:port");
    if (text.find('@') != std::string_view::npos)
        refuse("it holds an @; a login has its own options");
    std::string_view host = text;
    std::optional<std::string_view> port;
    if (text.starts_with('[')) {
        const std::size_t end = text.find(']');
        if (end == std::string_view::npos) refuse("the bracket is not closed");
        host = text.substr(1, end - 1);
        const std::string_view rest = text.substr(end + 1);
        if (!rest.empty() && !rest.starts_with(':')) refuse("after the bracket comes no :port");
        if (!rest.empty()) port = rest.substr(1);
    } else if (const std::size_t colon = text.find(':');
               colon != std::string_view::npos && colon == text.rfind(':')) {
        host = text.substr(0, colon);
        port = text.substr(colon + 1);
    }
    if (host.empty()) refuse("the host is empty");
    return {std::string(host), port ? parse_port(*port) : default_port};
}

}  // namespace eventail::store
