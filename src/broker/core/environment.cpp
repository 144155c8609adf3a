#include "broker/core/environment.hpp"

#include "broker/core/queue.hpp"
#include "broker/core/refusal.hpp"
#include "broker/core/virtual_host.hpp"

#include <utility>

namespace eventail::broker {

void Environment::require_room() const {
    if (gauge_->held_bytes > 2 * memory_limit_bytes_) {
        refuse(wire::ReplyCode::resource_error, "the broker holds all that it may hold");
    }
}

void Environment::do_pending_work() {
    while (!letters_.empty() || !to_dispatch_.empty()) {
        if (!letters_.empty()) {
            const DeadLetter letter = std::move(letters_.front());
            letters_.pop_front();
            letter.host->publish(letter);
        } else {
            const std::shared_ptr<Queue> queue = std::move(to_dispatch_.front());
            to_dispatch_.pop_front();
            queue->dispatch();
        }
    }
}

}  // namespace eventail::broker
