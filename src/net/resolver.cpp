#include "net/resolver.hpp"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <system_error>
#include <utility>

namespace eventail::net {
namespace {

constexpr std::size_t most_addresses = 16;

struct FreeAddresses {
    void operator()(addrinfo* list) const { freeaddrinfo(list); }
};

std::string why_not(int error, int saved_errno) {
    const std::string text =
        error == EAI_SYSTEM ? std::generic_category().message(saved_errno) : gai_strerror(error);
    std::string_view hint = "is it spelled right?";
    if (error == EAI_AGAIN) hint = "is the name server reachable?";
    if (error == EAI_MEMORY) hint = "is the machine short of memory?";
    if (error == EAI_SYSTEM) hint = "has this process or machine reached a limit (ulimit -a)?";
    return "the host name was not resolved (" + text + "); " + std::string(hint);
}

Resolution look_up(const std::string& host, std::uint16_t port, int flags) {
    // Without AI_ADDRCONFIG: it hides ::1 on machines with IPv6 on loopback only, and an address
    // without a route fails at once anyway.
    addrinfo hints = {};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = flags | AI_NUMERICSERV;
    addrinfo* list = nullptr;
    const int error = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &list);
    if (error != 0) return {.failure = why_not(error, errno)};

    const std::unique_ptr<addrinfo, FreeAddresses> owner(list);
    std::vector<Address> found;
    for (const addrinfo* entry = list; entry != nullptr; entry = entry->ai_next) {
        if (entry->ai_family != AF_INET && entry->ai_family != AF_INET6) continue;
        Address address;
        std::memcpy(&address.storage, entry->ai_addr, entry->ai_addrlen);
        address.length = entry->ai_addrlen;
        found.push_back(address);
    }
    if (found.empty()) {
        return {.failure = "the host name has no IPv4 or IPv6 address; is it spelled right?"};
    }
    return {.addresses = interleaved(found)};
}

}  // namespace

Resolution look_up(const std::string& host, std::uint16_t port) { return look_up(host, port, 0); }

bool Resolver::start(const std::string& host, std::uint16_t port) {
    Resolution literal = look_up(host, port, AI_NUMERICHOST);
    if (literal.failure.empty()) {
        waiter_ = std::make_shared<Waiter>();
        waiter_->finish(std::move(literal));
    } else {
        waiter_ = (lookups_ ? *lookups_ : Lookups::of_this_process()).start(host, port);
    }
    return waiter_->is_done();
}

Resolution Resolver::take() { return std::exchange(waiter_, nullptr)->take(); }

std::vector<Address> interleaved(const std::vector<Address>& addresses) {
    std::vector<Address> turns[2];
    for (const Address& address : addresses) {
        auto& same = turns[address.family() == addresses.front().family() ? 0 : 1];
        const bool is_repeated = std::any_of(same.begin(), same.end(), [&](const Address& other) {
            return to_text(other) == to_text(address);
        });
        if (!is_repeated) same.push_back(address);
    }
    std::vector<Address> result;
    for (std::size_t i = 0; i < std::max(turns[0].size(), turns[1].size()); ++i) {
        for (const auto& family : turns) {
            if (i < family.size() && result.size() < most_addresses) result.push_back(family[i]);
        }
    }
    return result;
}

std::string to_text(const Address& address) {
    char text[NI_MAXHOST] = {};
    const int error =
        getnameinfo(address.get(), address.length, text, sizeof text, nullptr, 0, NI_NUMERICHOST);
    return error == 0 ? text : "an unknown address";
}

}  // namespace eventail::net
