// What publishers and who acknowledges by hand pass, on any thread: whether anything is taken, and
// the wait for room.
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

    /// @throws Error for what cannot be encoded, back_pressure, stopped, forked
    bus::MessageId publish(bus::Outgoing message, const Value& payload,
                           std::optional<std::string_view> conversation_id);
    /// Its `accepted_before` is filled in here. @throws Error stopped
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
