// A service's log: to the local log, and through its outlet to the bus.
#pragma once

#include "bus/worker.hpp"
#include "service/home_process.hpp"
#include "service/outlet.hpp"
#include <eventail/service.hpp>

#include <optional>
#include <string_view>
#include <vector>

namespace eventail::service {

class ServiceLog {
public:
    ServiceLog(const HomeProcess& home, const Service& face, Outlet& outlet)
        : home_(home), face_(face), outlet_(outlet) {}

    /// From any thread, without locks. Does not wake the driving thread. `at`: time of the event;
    /// nothing: now.
    void record(Severity severity, std::string_view short_message, const LogOptions& options,
                std::optional<TimePoint> at = std::nullopt) noexcept;
    void record(const std::vector<bus::Notice>& notices) noexcept;

private:
    const HomeProcess& home_;
    const Service& face_;
    Outlet& outlet_;
};

}  // namespace eventail::service
