// What an exception says to people, whatever was thrown.
#pragma once

#include <exception>
#include <string>
#include <string_view>

namespace eventail::service {

/// The exception's own words; or, where it has none (what() is null or empty, or it is not a
/// std::exception), its type. Without memory, only that.
[[nodiscard]] std::string text_of(const std::exception_ptr& failure) noexcept;

/// The same behind `what`, such as "the handler threw: ".
[[nodiscard]] std::string failure_text(std::string_view what,
                                       const std::exception_ptr& failure) noexcept;

}  // namespace eventail::service
