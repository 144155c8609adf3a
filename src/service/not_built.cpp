#include "service/local_log.hpp"
#include <eventail/supervisor.hpp>

#include <errno.h>

#include <exception>
#include <string>

namespace eventail::supervisor {

int not_built(std::string_view logical_service, const std::exception_ptr& error) noexcept {
    try {
        // Arguments of the user's own do not tell the name of the service; the program has one.
        if (logical_service.empty()) logical_service = ::program_invocation_short_name;
        std::rethrow_exception(error);
    } catch (const std::exception& caught) {
        const char* reason = caught.what();
        service::log_locally(Severity::critical, logical_service,
                             std::string("cannot run: ") + (reason != nullptr ? reason : "?"));
    }
    return 1;
}

}  // namespace eventail::supervisor
