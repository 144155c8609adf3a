// A regular expression that an operator gave, for policies and permissions. It is searched for in
// names by PCRE2, which reads what RabbitMQ reads. Each search is bounded: a pattern such as
// `(a+)+$` would otherwise go through more combinations than anybody can wait for.
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

/// A search took more steps than it may.
class PatternGaveUp : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

class Pattern {
public:
    /// Throws InvalidPattern.
    explicit Pattern(std::string_view expression);

    /// Whether the expression matches somewhere in the name. Takes some milliseconds at most;
    /// beyond that it throws PatternGaveUp.
    bool is_found_in(std::string_view name) const;

private:
    std::string expression_;
    std::shared_ptr<pcre2_real_code_8> code_;
};

}  // namespace eventail::broker
