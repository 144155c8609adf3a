#include "service/service_log.hpp"

#include "service/cancellation.hpp"
#include "service/local_log.hpp"
#include "service/user_context.hpp"

namespace eventail::service {

void ServiceLog::record(Severity severity, std::string_view short_message,
                        const LogOptions& options, std::optional<TimePoint> at) noexcept {
    const CancellationHeld held;
    const UserContext* const context = UserContext::of(face_);
    std::string_view conversation_id;
    if (options.conversation_id) {
        conversation_id = *options.conversation_id;
    } else if (context != nullptr) {
        conversation_id = context->conversation_id;
    }
    log_locally(severity, outlet_.logical_service(), short_message,
                {.conversation_id = conversation_id, .fields = options.fields});
    if (home_.is_left()) return;
    try {
        outlet_.log(severity, short_message, options.full_message, conversation_id, options.fields,
                    at);
    } catch (...) {
        outlet_.count_dropped_log();
    }
}

void ServiceLog::record(const std::vector<bus::Notice>& notices) noexcept {
    for (const bus::Notice& notice : notices) {
        record(notice.severity, notice.text, {.conversation_id = notice.conversation_id},
               notice.at);
    }
}

}  // namespace eventail::service
