#include "service/failure_text.hpp"

#include <gtest/gtest.h>

#include <exception>
#include <new>
#include <stdexcept>
#include <string>
#include <system_error>

namespace eventail::service {
namespace {

struct Wordless : std::exception {
    const char* what() const noexcept override { return nullptr; }
};
struct Empty : std::exception {
    const char* what() const noexcept override { return ""; }
};

template <typename Thrown>
std::string text_of_thrown(const Thrown& thrown) {
    return text_of(std::make_exception_ptr(thrown));
}

TEST(FailureText, is_what_the_exception_says) {
    EXPECT_EQ(text_of_thrown(std::runtime_error("no stock")), "no stock");
    EXPECT_EQ(text_of_thrown(std::bad_alloc()), "std::bad_alloc");
}

TEST(FailureText, gives_advice_where_a_limit_of_the_system_keeps_a_service_from_running) {
    const auto why = [](std::errc code) {
        return why_not_run(std::make_exception_ptr(std::system_error(std::make_error_code(code))));
    };

    EXPECT_EQ(why(std::errc::resource_unavailable_try_again),
              "Resource temporarily unavailable: no thread could be started; has this process or "
              "machine reached a limit (ulimit -a)?");
    EXPECT_EQ(why(std::errc::too_many_files_open), "Too many open files");
    EXPECT_EQ(why_not_run(std::make_exception_ptr(std::runtime_error("no"))), "no");
}

TEST(FailureText, is_cut_where_it_is_too_long_for_a_record) {
    EXPECT_EQ(text_of_thrown(std::runtime_error(std::string(1 << 20, 'x'))),
              std::string(8 * 1024, 'x'));
}

struct ThrowsWhenCopied : std::exception {
    ThrowsWhenCopied() = default;
    ThrowsWhenCopied(const ThrowsWhenCopied&) { throw std::runtime_error("copied"); }
};

TEST(FailureText, is_that_of_the_copy_if_copying_throws) {
    const ThrowsWhenCopied original;
    std::exception_ptr failure;
    try {
        throw original;
    } catch (...) {
        failure = std::current_exception();
    }

    EXPECT_EQ(text_of(failure), "copied");
}

TEST(FailureText, is_that_of_the_outer_one_of_nested_exceptions) {
    std::exception_ptr failure;
    try {
        try {
            throw std::runtime_error("inner");
        } catch (...) {
            std::throw_with_nested(std::logic_error("outer"));
        }
    } catch (...) {
        failure = std::current_exception();
    }

    EXPECT_EQ(text_of(failure), "outer");
}

TEST(FailureText, names_the_type_of_one_that_says_nothing) {
    EXPECT_EQ(text_of_thrown(Wordless()),
              "a eventail::service::(anonymous namespace)::Wordless without a text");
    EXPECT_EQ(text_of_thrown(Empty()),
              "a eventail::service::(anonymous namespace)::Empty without a text");
}

TEST(FailureText, names_the_type_of_one_that_is_no_exception) {
    EXPECT_EQ(text_of_thrown(17), "a value of type int, which is not a std::exception");
}

TEST(FailureText, has_words_where_there_is_no_exception_to_look_at) {
    EXPECT_EQ(text_of(nullptr), "an exception of another language");
}

TEST(FailureText, follows_what_failed) {
    EXPECT_EQ(failure_text("the handler threw: ", std::make_exception_ptr(std::logic_error("x"))),
              "the handler threw: x");
}

}  // namespace
}  // namespace eventail::service
