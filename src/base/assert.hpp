// Assertions: rules that the design relies on, checked at run time. They are for our own mistakes,
// never for input. On without NDEBUG, or with EVENTAIL_ASSERTIONS. Otherwise they cost nothing: the
// condition is compiled but not evaluated.
#pragma once

namespace eventail {

/// Says which rule was broken, where, on the standard error stream, and ends the program.
[[noreturn]] void assertion_failed(const char* condition, const char* rule, const char* file,
                                   int line) noexcept;

}  // namespace eventail

#if !defined(NDEBUG) || defined(EVENTAIL_ASSERTIONS)
/// `rule` is a sentence: `EVENTAIL_ASSERT(tag > last_tag_, "delivery tags only grow")`.
#define EVENTAIL_ASSERT(condition, rule) \
    ((condition) ? void() : ::eventail::assertion_failed(#condition, rule, __FILE__, __LINE__))
#else
#define EVENTAIL_ASSERT(condition, rule) static_cast<void>(sizeof((condition) ? 1 : 0))
#endif
