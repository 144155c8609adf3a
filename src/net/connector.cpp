#include "net/connector.hpp"

#include "net/system_calls.hpp"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace eventail::net {
namespace {

std::error_code system_error(int error) { return {error, std::generic_category()}; }

bool is_unreachable(std::error_code error) {
    return error == std::errc::network_unreachable || error == std::errc::host_unreachable ||
           error == std::errc::address_not_available;
}

std::string phrase(std::error_code error, const std::string& addresses) {
    if (error == std::errc::connection_refused) return "connection refused by " + addresses;
    if (error == std::errc::timed_out) return "no answer in time from " + addresses;
    if (is_unreachable(error)) return "no route to " + addresses;
    return "cannot connect to " + addresses + " (" + error.message() + ")";
}

std::string hint(const std::vector<std::error_code>& errors) {
    const auto has = [&](std::errc what) {
        return std::any_of(errors.begin(), errors.end(), [&](auto e) { return e == what; });
    };
    if (has(std::errc::connection_refused)) return "is a broker listening there?";
    if (has(std::errc::timed_out)) return "are host, port and firewalls right?";
    if (has(std::errc::too_many_files_open) || has(std::errc::too_many_files_open_in_system)) {
        return "close files, or raise the limit (ulimit -n)";
    }
    if (!std::ranges::any_of(errors, is_unreachable)) return "does the system allow it?";
    return "is the network up?";
}

std::string joined(const std::vector<std::string>& words) {
    std::string result = words.front();
    for (std::size_t i = 1; i < words.size(); ++i) {
        result += i + 1 < words.size() ? ", " : " and ";
        result += words[i];
    }
    return result;
}

}  // namespace

void Connector::start(std::vector<Address> addresses, Duration address_timeout,
                      std::optional<TimePoint> whole_deadline, TimePoint now) {
    reset();
    addresses_ = std::move(addresses);
    address_timeout_ = address_timeout;
    whole_deadline_ = whole_deadline;
    state_ = State::connecting;
    try_current(now);
}

void Connector::advance(short revents, TimePoint now) {
    if (state_ != State::connecting) return;
    if ((revents & (POLLOUT | POLLERR | POLLHUP)) != 0) {
        finish_current(now);
    } else if (now >= deadline_) {
        give_up_current(system_error(ETIMEDOUT), now);
    }
}

void Connector::try_current(TimePoint now) {
    if (current_ == addresses_.size()) {
        state_ = State::failed;
        return;
    }
    const Address& target = address();
    socket_ = FileDescriptor(system::make_socket(target.family()));
    if (!socket_.is_open()) return give_up_current(system_error(errno), now);
    deadline_ = deadline_of_current(now);
    if (system::connect(fd(), target) == 0) return finish_current(now);
    // Interrupted by a signal, a connect goes on in the background all the same.
    if (errno != EINPROGRESS && errno != EINTR) give_up_current(system_error(errno), now);
}

void Connector::give_up_current(std::error_code why, TimePoint now) {
    socket_.reset();
    errors_.push_back(why);
    ++current_;
    try_current(now);
}

void Connector::finish_current(TimePoint now) {
    int error = system::connect_error(fd());
    if (error == 0 && system::is_connected_to_itself(fd())) error = ECONNREFUSED;
    if (error != 0) return give_up_current(system_error(error), now);
    state_ = State::connected;
}

TimePoint Connector::deadline_of_current(TimePoint now) const {
    if (!whole_deadline_) return now + address_timeout_;
    const auto addresses_left = static_cast<Duration::rep>(addresses_.size() - current_);
    return now + std::max(*whole_deadline_ - now, Duration::zero()) / addresses_left;
}

FileDescriptor Connector::take_socket() {
    state_ = State::idle;
    return std::move(socket_);
}

std::string Connector::failure() const {
    std::vector<std::string> phrases;
    for (std::size_t i = 0; i < errors_.size(); ++i) {
        const auto first = std::find(errors_.begin(), errors_.end(), errors_[i]);
        if (first - errors_.begin() != static_cast<std::ptrdiff_t>(i)) continue;
        std::vector<std::string> same;
        for (std::size_t j = i; j < errors_.size(); ++j) {
            if (errors_[j] == errors_[i]) same.push_back(to_text(addresses_[j]));
        }
        phrases.push_back(phrase(errors_[i], joined(same)));
    }
    return joined(phrases) + "; " + hint(errors_);
}

}  // namespace eventail::net
