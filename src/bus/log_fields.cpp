// LogFields: a failure with the fields of a log record becomes a field.
#include <eventail/log.hpp>

#include <exception>

namespace eventail {

LogFields::LogFields(Value content) noexcept {
    const auto failed = [this](const char* why) noexcept {
        try {
            content_ = Payload{{"_fields_error", why}};
        } catch (...) {  // out of memory: the record goes without fields
        }
    };
    try {
        content_ = Payload(std::move(content));
    } catch (const Error& error) {
        failed(error.what());
    } catch (const std::exception& error) {
        failed(error.what() != nullptr ? error.what() : "an exception without a text");
    } catch (...) {  // a user's codec may throw anything
        failed("an exception that is not a std::exception");
    }
}

}  // namespace eventail
