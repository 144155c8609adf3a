// Broker urls: every accepted one can be shown, and its shown form names the same broker.
#include "net/url.hpp"

#include <eventail/error.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using eventail::net::Url;

void require(bool is_true) {
    if (!is_true) std::abort();
}

void check_accepted(const Url& url) {
    const std::string shown = eventail::net::redacted(url);
    require(std::ranges::all_of(shown, [](char c) { return c > ' ' && c != 0x7f; }));
    // With a password, without which a user's name may not hold a ':'.
    std::string complete = shown;
    complete.insert(complete.find('@'), ":secret");
    const Url again = eventail::net::parse_url(complete);
    require(again.is_tls == url.is_tls && again.host == url.host && again.port == url.port);
    require(again.user == url.user && again.virtual_host == url.virtual_host);
    require(!url.frame_max || *url.frame_max == 0 || *url.frame_max >= 4096);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    Url url;
    try {
        url = eventail::net::parse_url(text);
    } catch (const eventail::Error& error) {
        require(error.code() == eventail::Errc::bad_url);
        return 0;
    }
    check_accepted(url);
    return 0;
}
