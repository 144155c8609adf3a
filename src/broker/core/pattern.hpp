// An operator's regular expression, for policies and permissions. PCRE2 searches names for it, and
// reads the same syntax as RabbitMQ. Each search is bounded: a pattern such as `(a+)+$` could
// otherwise try combinations for ever.
#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

struct pcre2_real_code_8;

namespace eventail::broker {

/// The expression is not a regular expression; what() says why.
class InvalidPattern : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// A search exceeded its limit of steps.
class PatternGaveUp : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

class Pattern {
public:
    /// Throws InvalidPattern.
    explicit Pattern(std::string_view expression);

    /// Whether the expression matches somewhere in the name. Takes a few milliseconds at most, then
    /// throws PatternGaveUp.
    bool is_found_in(std::string_view name) const;

private:
    std::string expression_;
    std::shared_ptr<pcre2_real_code_8> code_;
};

}  // namespace eventail::broker
