// The text of any exception, for people.
#pragma once

#include <exception>
#include <string>
#include <string_view>

namespace eventail::service {

/// The exception's own text, at most 8 KiB of it; or its type, if it has none (what() is null or
/// empty, or it is not a std::exception). Without memory, says only that.
[[nodiscard]] std::string text_of(const std::exception_ptr& failure) noexcept;

/// The same for an exception that keeps a service from running, with advice where a limit of the
/// system is the reason.
[[nodiscard]] std::string why_not_run(const std::exception_ptr& failure) noexcept;

/// text_of() after `what`, such as "the handler threw: ".
[[nodiscard]] std::string failure_text(std::string_view what,
                                       const std::exception_ptr& failure) noexcept;

}  // namespace eventail::service
