// LogFields: what goes wrong with the fields of a log record becomes one of them.
#include <eventail/log.hpp>

#include <exception>

namespace eventail {

LogFields::LogFields(Value content) noexcept {
    try {
        content_ = Payload(std::move(content));
    } catch (const Error& error) {
        try {
            content_ = Payload{{"_fields_error", error.what()}};
        } catch (const std::exception&) {  // out of memory: the record goes without them
        }
    } catch (const std::exception&) {
    }
}

}  // namespace eventail
