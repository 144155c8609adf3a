#include "broker/core/refusal.hpp"

namespace eventail::broker {

void refuse(wire::ReplyCode code, std::string_view reason) {
    constexpr std::size_t max_reply_text_bytes = 255;
    std::string whole = text(wire::name(code), " - ", reason);
    if (whole.size() > max_reply_text_bytes) {
        whole.resize(max_reply_text_bytes - 3);
        whole += "...";
    }
    throw wire::ProtocolError(code, whole);
}

std::string to_text(const ResourceName& resource) {
    return text(resource.kind, " '", resource.name, "' in vhost '", resource.host, "'");
}

void refuse_missing(const ResourceName& resource) {
    refuse(wire::ReplyCode::not_found, text("no ", to_text(resource)));
}

}  // namespace eventail::broker
