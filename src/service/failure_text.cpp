#include "service/failure_text.hpp"

#include <cxxabi.h>
#include <stdlib.h>
#include <string.h>

#include <cstddef>
#include <memory>
#include <system_error>
#include <typeinfo>

namespace eventail::service {
namespace {

// Short enough for any std::string to hold without allocating.
constexpr const char* no_memory = "out of memory";
// A log record has no room for more.
constexpr std::size_t max_words_bytes = 8 * 1024;

std::string name_of(const std::type_info& type) {
    int status = 0;
    const std::unique_ptr<char, void (*)(void*)> name(
        abi::__cxa_demangle(type.name(), nullptr, nullptr, &status), ::free);
    return name != nullptr ? name.get() : type.name();
}

std::string words_of(const std::exception_ptr& failure) {
    if (!failure) return "an exception of another language";
    try {
        std::rethrow_exception(failure);
    } catch (const std::exception& error) {
        const char* const words = error.what();
        if (words != nullptr && *words != '\0') return {words, ::strnlen(words, max_words_bytes)};
        return "a " + name_of(typeid(error)) + " without a text";
    } catch (...) {
        const std::type_info* const type = abi::__cxa_current_exception_type();
        return "a value of type " + (type != nullptr ? name_of(*type) : "unknown") +
               ", which is not a std::exception";
    }
}

}  // namespace

std::string text_of(const std::exception_ptr& failure) noexcept {
    try {
        return words_of(failure);
    } catch (...) {
        return no_memory;
    }
}

std::string why_not_run(const std::exception_ptr& failure) noexcept {
    std::string text = text_of(failure);
    try {
        std::rethrow_exception(failure);
    } catch (const std::system_error& error) {
        if (error.code() != std::errc::resource_unavailable_try_again) return text;
        try {
            text +=
                ": no thread could be started; has this process or machine reached a limit "
                "(ulimit -a)?";
        } catch (...) {
            // Then without the advice.
        }
    } catch (...) {
        // Of other kinds the text says enough.
    }
    return text;
}

std::string failure_text(std::string_view what, const std::exception_ptr& failure) noexcept {
    std::string text = text_of(failure);
    try {
        text.insert(0, what);
    } catch (...) {
        // Then without `what`.
    }
    return text;
}

}  // namespace eventail::service
