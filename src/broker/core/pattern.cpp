#include "broker/core/pattern.hpp"

#include "broker/core/refusal.hpp"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <array>
#include <cstdint>
#include <new>

namespace eventail::broker {

namespace {

/// A limit for PCRE2's backtracking: a few milliseconds. Patterns that people write need less than
/// a hundred steps.
constexpr std::uint32_t max_steps = 100'000;
constexpr std::uint32_t max_heap_kibibytes = 20'000;

std::string message_of(int error) {
    std::array<unsigned char, 256> buffer{};
    pcre2_get_error_message(error, buffer.data(), buffer.size());
    return reinterpret_cast<const char*>(buffer.data());
}

/// PCRE2's objects for a search.
class Search {
public:
    Search() {
        if (!context_ || !data_) throw std::bad_alloc();
        pcre2_set_match_limit(context_.get(), max_steps);
        pcre2_set_heap_limit(context_.get(), max_heap_kibibytes);
    }
    int run(const pcre2_code* code, std::string_view name) {
        return pcre2_match(code, reinterpret_cast<PCRE2_SPTR>(name.data()), name.size(), 0, 0,
                           data_.get(), context_.get());
    }

private:
    std::shared_ptr<pcre2_match_context> context_{pcre2_match_context_create(nullptr),
                                                  pcre2_match_context_free};
    std::shared_ptr<pcre2_match_data> data_{pcre2_match_data_create(1, nullptr),
                                            pcre2_match_data_free};
};

}  // namespace

Pattern::Pattern(std::string_view expression) : expression_(expression) {
    int error = 0;
    PCRE2_SIZE offset = 0;
    code_ =
        std::shared_ptr<pcre2_code>(pcre2_compile(reinterpret_cast<PCRE2_SPTR>(expression.data()),
                                                  expression.size(), 0, &error, &offset, nullptr),
                                    pcre2_code_free);
    if (code_) return;
    throw InvalidPattern(text("'", expression, "' is not a regular expression: ", message_of(error),
                              ", at character ", std::to_string(offset)));
}

bool Pattern::is_found_in(std::string_view name) const {
    const int result = Search().run(code_.get(), name);
    // 0 means that it matched, but had no room for the position.
    if (result >= 0) return true;
    if (result == PCRE2_ERROR_NOMATCH) return false;
    throw PatternGaveUp(text("the search for '", expression_, "' in '", name,
                             "' was given up: ", message_of(result)));
}

}  // namespace eventail::broker
