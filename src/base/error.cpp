// The error category: the short text of each Errc.
#include <eventail/error.hpp>

namespace eventail {
namespace {

const char* text_of(Errc code) noexcept {
    switch (code) {
        case Errc::stopped: return "the service was stopped";
        case Errc::back_pressure: return "no room among the unconfirmed messages";
        case Errc::invalid_payload: return "invalid payload";
        case Errc::payload_too_large: return "payload too large";
        case Errc::too_deep: return "payload nested too deeply";
        case Errc::type_mismatch: return "payload content has another type";
        case Errc::missing_key: return "payload has no such key";
        case Errc::unknown_key: return "payload has an unknown key";
        case Errc::out_of_range: return "out of range";
        case Errc::invalid_argument: return "invalid argument";
        case Errc::invalid_state: return "not possible in this state";
        case Errc::not_sent: return "not sent";
        case Errc::unroutable: return "no queue receives the message";
        case Errc::abandoned: return "published but not confirmed";
        case Errc::forked: return "used after a fork";
        case Errc::connection_failed: return "no connection";
        case Errc::access_refused: return "access refused";
        case Errc::not_found: return "not found";
        case Errc::precondition_failed: return "exists with other arguments";
        case Errc::bad_url: return "bad url";
        case Errc::tls_failed: return "TLS failed";
        case Errc::protocol_error: return "protocol error";
        case Errc::timed_out: return "not done in time";
        case Errc::store_refused: return "the store refused";
    }
    return "unknown error";
}

class Category final : public std::error_category {
public:
    [[nodiscard]] const char* name() const noexcept override { return "eventail"; }
    [[nodiscard]] std::string message(int code) const override {
        return text_of(static_cast<Errc>(code));
    }
};

}  // namespace

const std::error_category& error_category() noexcept {
    // Never destroyed: a thread that outlives main may look at an error.
    static const Category& category = *new Category;
    return category;
}

}  // namespace eventail
