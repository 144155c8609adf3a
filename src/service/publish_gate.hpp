// The gate for publishing and manual acknowledgement on any thread: whether the service accepts
// anything, and the wait for room.
#pragma once

#include "bus/envelope.hpp"
#include "service/drive.hpp"
#include "service/home_process.hpp"
#include "service/leader.hpp"
#include "service/outlet.hpp"
#include "service/stop_state.hpp"
#include "service/user_context.hpp"
#include <eventail/service.hpp>

#include <cstdint>
#include <optional>
#include <string_view>

namespace eventail::service {

class PublishGate {
public:
    PublishGate(const HomeProcess& home, const Service& face, const ServiceOptions& options,
                Outlet& outlet, const StopState& stopping, const Drive& drive, Leader& leader);

    /// @throws Error invalid_payload and the like, back_pressure, stopped, forked
    bus::MessageId publish(bus::Outgoing message, const Value& payload,
                           std::optional<std::string_view> conversation_id);
    /// Fills in its `accepted_before`. @throws Error stopped
    void settle(const bus::ManualSettlement& settlement);

private:
    void check_accepting() const;
    void check_room_may_come() const;
    void wait_for_room(std::size_t size_bytes, TimePoint deadline);

    const HomeProcess& home_;
    const Service& face_;
    const ServiceOptions& options_;
    Outlet& outlet_;
    const StopState& stopping_;
    const Drive& drive_;
    Leader& leader_;
};

}  // namespace eventail::service
