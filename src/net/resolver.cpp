#include "net/resolver.hpp"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

namespace eventail::net {
namespace {

constexpr std::size_t most_addresses = 16;

struct FreeAddresses {
    void operator()(addrinfo* list) const { freeaddrinfo(list); }
};

std::string error_text(int error, int saved_errno) {
    return error == EAI_SYSTEM ? std::generic_category().message(saved_errno) : gai_strerror(error);
}

Resolution look_up(const std::string& host, std::uint16_t port, int flags) {
    // Without AI_ADDRCONFIG: it hides ::1 on machines that have IPv6 on loopback only, and an
    // address without a route fails at once anyway.
    addrinfo hints = {};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = flags | AI_NUMERICSERV;
    addrinfo* list = nullptr;
    const int error = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &list);
    if (error != 0) return {.failure = error_text(error, errno)};

    const std::unique_ptr<addrinfo, FreeAddresses> owner(list);
    std::vector<Address> found;
    for (const addrinfo* entry = list; entry != nullptr; entry = entry->ai_next) {
        if (entry->ai_family != AF_INET && entry->ai_family != AF_INET6) continue;
        Address address;
        std::memcpy(&address.storage, entry->ai_addr, entry->ai_addrlen);
        address.length = entry->ai_addrlen;
        found.push_back(address);
    }
    if (found.empty()) return {.failure = "it has no IPv4 or IPv6 address"};
    return {.addresses = interleaved(found)};
}

/// Signals are for the program's own threads: a new thread inherits the mask of the one that makes
/// it.
class SignalsBlocked {
public:
    SignalsBlocked() {
        sigset_t all;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before_);
    }
    SignalsBlocked(const SignalsBlocked&) = delete;
    SignalsBlocked& operator=(const SignalsBlocked&) = delete;
    ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

private:
    sigset_t before_;
};

}  // namespace

/// Shared by the resolver and its thread; whoever lets go last frees it.
struct Resolver::Lookup {
    std::mutex mutex;
    std::optional<Resolution> result;
    FileDescriptor event{eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};

    void finish(Resolution found) {
        const std::lock_guard lock(mutex);
        result = std::move(found);
        eventfd_write(event.get(), 1);
    }
};

bool Resolver::start(const std::string& host, std::uint16_t port) {
    lookup_ = std::make_shared<Lookup>();
    Resolution literal = look_up(host, port, AI_NUMERICHOST);
    if (literal.failure.empty()) {
        lookup_->finish(std::move(literal));
        return true;
    }
    try {
        if (!lookup_->event.is_open()) throw std::system_error(EMFILE, std::generic_category());
        const SignalsBlocked blocked;
        std::thread([lookup = lookup_, host, port] {
            lookup->finish(look_up(host, port, 0));
        }).detach();
        return false;
    } catch (const std::system_error& error) {
        lookup_->finish({.failure = std::string("cannot look it up: ") + error.what()});
        return true;
    }
}

int Resolver::fd() const { return lookup_ ? lookup_->event.get() : -1; }

bool Resolver::is_done() const {
    if (!lookup_) return false;
    const std::lock_guard lock(lookup_->mutex);
    return lookup_->result.has_value();
}

Resolution Resolver::take() {
    const std::shared_ptr<Lookup> lookup = std::exchange(lookup_, nullptr);
    const std::lock_guard lock(lookup->mutex);
    return std::move(*lookup->result);
}

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
