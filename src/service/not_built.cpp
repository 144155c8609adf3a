#include "service/failure_text.hpp"
#include "service/local_log.hpp"
#include <eventail/supervisor.hpp>

#include <errno.h>

namespace eventail::supervisor {

int not_built(std::string_view logical_service, const std::exception_ptr& error) noexcept {
    // A user's own arguments do not contain the service's name, so use the program's.
    if (logical_service.empty()) logical_service = ::program_invocation_short_name;
    service::log_locally(Severity::critical, logical_service,
                         service::failure_text("cannot run: ", error));
    return 1;
}

}  // namespace eventail::supervisor
