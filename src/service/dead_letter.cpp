// What becomes of a message whose content is not what its handler takes: the same as of one that
// cannot be decoded. To try again would not help, and nobody else is to notice.
#include "payload/payload_text.hpp"
#include <eventail/service.hpp>

namespace eventail {

void Service::dead_letter(const Message& message, const Error& error) {
    std::string text = std::string("dead-lettered: ") + error.what() + " (routing key " +
                       payload::quoted(message.name);
    if (!message.metadata.message_id.empty()) {
        text += ", message id " + payload::quoted(message.metadata.message_id);
    }
    manual_nack(message.metadata.delivery_token, false);
    log(Severity::emergency, text + ')');
}

}  // namespace eventail
