#include "net/url.hpp"

#include <eventail/error.hpp>

#include <boost/url/encode.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/rfc/sub_delim_chars.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>
#include <boost/url/url_view.hpp>

#include <algorithm>
#include <charconv>
#include <limits>
#include <vector>

namespace eventail::net {
namespace {

namespace urls = boost::urls;

constexpr std::string_view form = "amqp://user:password@host:port/virtual_host?name=value";
constexpr std::string_view known_parameters =
    "heartbeat, connection_timeout, channel_max, frame_max, auth_mechanism, cacertfile, certfile, "
    "keyfile, verify and server_name_indication";
// User and password, with the name of the connection, must fit into a first frame of 4096 bytes.
constexpr std::size_t longest_credentials_bytes = 2048;
constexpr std::size_t longest_virtual_host_bytes = 255;

[[noreturn]] void refuse(const std::string& what) { throw Error(Errc::bad_url, what); }

std::string lower_case(std::string_view text) {
    std::string result(text);
    std::transform(result.begin(), result.end(), result.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return result;
}

/// Never quotes the text that it refuses, which may be part of a password.
[[noreturn]] void refuse_syntax(std::string_view text) {
    constexpr std::string_view never_raw = " \"<>\\^`{|}";
    const auto strange = std::find_if(text.begin(), text.end(), [&](char c) {
        return c < 0x21 || c > 0x7e || never_raw.find(c) != std::string_view::npos;
    });
    if (strange != text.end()) {
        refuse("broker url: character " + std::to_string(strange - text.begin() + 1) +
               " is not allowed in a url; percent-encode it");
    }
    refuse("broker url: not of the form " + std::string(form) +
           "; percent-encode special characters in user and password (@ is %40, / is %2F, : is "
           "%3A, % is %25) and put an IPv6 address in brackets");
}

/// A raw '/', '?' or '#' in a password ends the authority early, and the rest of the password would
/// pass for a virtual host. The '@' after it reveals the mistake.
void refuse_misplaced_at_sign(std::string_view text) {
    const auto authority = text.find("//");
    const auto rest = text.find_first_of("/?#", authority + 2);
    if (rest != std::string_view::npos && text.find('@', rest) != std::string_view::npos) {
        refuse(
            "broker url: an '@' after the host; percent-encode special characters in user and "
            "password (/ is %2F, ? is %3F, # is %23), and an '@' elsewhere as %40");
    }
}

std::string decoded(urls::pct_string_view text, const std::string& what) {
    std::string result = text.decode();
    if (result.find('\0') != std::string::npos) refuse(what + " contains a zero byte (%00)");
    return result;
}

std::uint16_t read_port(const urls::url_view& parsed, bool is_tls) {
    const std::string_view text = parsed.port();
    if (text.empty()) return is_tls ? 5671 : 5672;
    // Not port_number(): that is the number modulo 65536.
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (error != std::errc() || end != text.data() + text.size() || port == 0) {
        refuse("broker url: the port is not from 1 to 65535");
    }
    return port;
}

std::string read_virtual_host(const urls::url_view& parsed) {
    const std::string_view path = parsed.encoded_path();
    if (path.empty() || path == "/") return "/";
    if (path.find('/', 1) != std::string_view::npos) {
        refuse("broker url: more than one '/' after the host; inside a virtual host it is %2F");
    }
    std::string name = decoded(path.substr(1), "broker url: the virtual host");
    if (name.size() > longest_virtual_host_bytes) {
        refuse("broker url: the virtual host is longer than 255 bytes");
    }
    return name;
}

/// One `name=value` of the query. `where` is the url for messages.
class Parameter {
public:
    Parameter(std::string name, std::string value, const std::string& where)
        : name_(std::move(name)), value_(std::move(value)), where_(where) {}

    void apply_to(Url& url) const {
        if (name_ == "heartbeat") {
            url.heartbeat = std::chrono::seconds(number<std::uint16_t>(0, "seconds"));
        } else if (name_ == "connection_timeout") {
            const auto timeout = number<std::int32_t>(1, "milliseconds");
            url.connection_timeout = std::chrono::milliseconds(timeout);
        } else if (name_ == "channel_max") {
            url.channel_max = number<std::uint16_t>(0, "channels");
        } else if (name_ == "frame_max") {
            url.frame_max = frame_max();
        } else if (name_ == "auth_mechanism") {
            url.auth_mechanism = one_of("plain", "external") ? "PLAIN" : "EXTERNAL";
        } else if (!apply_tls_to(url)) {
            refuse_it("unknown; known are " + std::string(known_parameters));
        }
    }

private:
    bool apply_tls_to(Url& url) const {
        if (name_ == "verify") {
            url.verify_peer = one_of("verify_peer", "verify_none");
        } else if (name_ == "cacertfile") {
            url.cacertfile = value_;
        } else if (name_ == "certfile") {
            url.certfile = value_;
        } else if (name_ == "keyfile") {
            url.keyfile = value_;
        } else if (name_ == "server_name_indication") {
            url.server_name_indication = value_;
        } else {
            return false;
        }
        if (!url.is_tls) refuse_it("only amqps:// urls have it; this connection is not encrypted");
        if (value_.empty()) refuse_it("has no value");
        return true;
    }

    template <typename Number>
    Number number(Number least, std::string_view unit) const {
        Number result{};
        const char* end = value_.data() + value_.size();
        const auto [stop, error] = std::from_chars(value_.data(), end, result);
        if (error != std::errc{} || stop != end || result < least) {
            refuse_it("not a number from " + std::to_string(least) + " to " +
                      std::to_string(std::numeric_limits<Number>::max()) + " (" +
                      std::string(unit) + ")");
        }
        return result;
    }

    std::uint32_t frame_max() const {
        const auto bytes = number<std::uint32_t>(0, "bytes");
        if (bytes != 0 && bytes < 4096) refuse_it("neither 0 (no limit) nor at least 4096 bytes");
        return bytes;
    }

    bool one_of(std::string_view yes, std::string_view no) const {
        const std::string value = lower_case(value_);
        if (value != yes && value != no) {
            refuse_it("neither " + std::string(yes) + " nor " + std::string(no));
        }
        return value == yes;
    }

    [[noreturn]] void refuse_it(const std::string& what) const {
        refuse(where_ + ": query parameter " + name_ + ": " + what);
    }

    std::string name_;
    std::string value_;
    const std::string& where_;
};

void read_query(const urls::url_view& parsed, Url& url) {
    const std::string where = redacted(url);
    std::vector<std::string> seen;
    for (const auto& [encoded_name, encoded_value, has_value] : parsed.encoded_params()) {
        // Shown as written: a url has no control characters, but its decoded form may.
        const std::string name(encoded_name.data(), encoded_name.size());
        const std::string what = where + ": query parameter " + name;
        if (std::find(seen.begin(), seen.end(), name) != seen.end()) refuse(what + ": given twice");
        if (!has_value) refuse(what + ": has no value");
        Parameter(name, decoded(encoded_value, what), where).apply_to(url);
        seen.push_back(name);
    }
    if (!url.keyfile.empty() && url.certfile.empty()) {
        refuse(where + ": query parameter keyfile: its certfile is missing");
    }
}

std::string encoded(std::string_view text) {
    return urls::encode(urls::string_view(text.data(), text.size()),
                        urls::unreserved_chars + urls::sub_delim_chars);
}

/// Messages show the host unchanged, so it must be harmless on a terminal.
std::string read_host(const urls::url_view& parsed) {
    std::string host = parsed.encoded_host_address().decode();
    const bool is_printable = std::all_of(host.begin(), host.end(), [](char c) {
        return static_cast<unsigned char>(c) > 0x20 && c != 0x7f;
    });
    if (!is_printable) refuse("broker url: a space or control character in the host");
    if (host.find('@') != std::string::npos) {
        refuse("broker url: an '@' in the host (%40); the one before the host is not encoded");
    }
    // Other code would take it for an IPv6 address.
    if (host.find(':') != std::string::npos && parsed.host_type() != urls::host_type::ipv6) {
        refuse("broker url: a ':' in the host, which is not an IPv6 address");
    }
    return host.empty() ? "localhost" : host;
}

}  // namespace

Url parse_url(std::string_view text) {
    const auto result = urls::parse_uri({text.data(), text.size()});
    if (!result || !result->has_authority()) refuse_syntax(text);
    const urls::url_view& parsed = *result;
    // Boost 1.81 takes an unreadable part of the authority for a path: "abc/" of amqp://host:abc/.
    const std::string_view path = parsed.encoded_path();
    if (!path.empty() && path.front() != '/') refuse_syntax(text);

    Url url;
    const std::string scheme = lower_case(parsed.scheme());
    if (scheme != "amqp" && scheme != "amqps") {
        refuse("broker url: it starts neither with amqp:// nor with amqps://");
    }
    refuse_misplaced_at_sign(text);
    if (parsed.has_fragment()) refuse("broker url: a '#'; percent-encode it as %23");
    url.is_tls = scheme == "amqps";
    if (parsed.has_userinfo()) {
        url.user = decoded(parsed.encoded_user(), "broker url: the user");
    }
    if (parsed.has_password()) {
        url.password = decoded(parsed.encoded_password(), "broker url: the password");
    }
    if (url.user.size() + url.password.size() > longest_credentials_bytes) {
        refuse("broker url: user and password are longer than " +
               std::to_string(longest_credentials_bytes) + " bytes");
    }
    url.host = read_host(parsed);
    url.port = read_port(parsed, url.is_tls);
    // The user's name appears in messages, and would carry the password along.
    if (!parsed.has_password() && url.user.find(':') != std::string::npos) {
        refuse(
            "broker url: a ':' in the user (%3A), and no password; the one between user and "
            "password is not encoded");
    }
    url.virtual_host = read_virtual_host(parsed);
    read_query(parsed, url);
    return url;
}

std::string redacted(const Url& url) {
    const bool is_ipv6 = url.host.find(':') != std::string::npos;
    std::string text = url.is_tls ? "amqps://" : "amqp://";
    text += encoded(url.user);
    text += '@';
    text += is_ipv6 ? '[' + url.host + ']' : encoded(url.host);
    text += ':';
    text += std::to_string(url.port);
    text += '/';
    if (url.virtual_host != "/") text += encoded(url.virtual_host);
    return text;
}

}  // namespace eventail::net
