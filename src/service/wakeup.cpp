#include "service/wakeup.hpp"

#include "net/system_calls.hpp"
#include "service/cancellation.hpp"

#include <cerrno>
#include <system_error>

namespace eventail::service {

Wakeup::Wakeup() : event_(net::system::make_event()) {
    if (!event_.is_open()) throw std::system_error(errno, std::generic_category(), "eventfd");
}

void Wakeup::notify() const noexcept {
    const CancellationHeld held;
    net::system::raise_event(event_.get());
}

void Wakeup::clear() const noexcept {
    const CancellationHeld held;
    net::system::clear_event(event_.get());
}

}  // namespace eventail::service
