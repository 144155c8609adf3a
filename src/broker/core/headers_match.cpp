#include "broker/core/headers_match.hpp"

#include "broker/core/header_fields.hpp"
#include "broker/core/refusal.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

namespace eventail::broker {

namespace {

constexpr std::string_view match_argument = "x-match";

std::string_view match_mode(wire::TableView arguments) {
    const auto mode = arguments.find(match_argument);
    return mode ? mode->as_text().value_or("all") : "all";
}

/// A time counts as a number of seconds.
std::optional<std::int64_t> integer_of(wire::FieldView field) {
    const auto seconds = field.as_timestamp();
    if (seconds && std::in_range<std::int64_t>(*seconds)) {
        return static_cast<std::int64_t>(*seconds);
    }
    return field.as_int64();
}

/// Compares both ways, because conversion rounds a large integer and cuts off a fraction.
bool is_equal(std::int64_t integer, double real) {
    return real >= -0x1p63 && real < 0x1p63 && static_cast<std::int64_t>(real) == integer &&
           static_cast<double>(integer) == real;
}

/// Compares as RabbitMQ does: numbers of any type by value, texts like bytes.
bool is_equal(wire::FieldView wanted, wire::FieldView given) {
    const auto wanted_integer = integer_of(wanted);
    const auto given_integer = integer_of(given);
    const auto wanted_real = wanted.as_double();
    const auto given_real = given.as_double();
    if (wanted_integer && given_integer) return wanted_integer == given_integer;
    if (wanted_integer && given_real) return is_equal(*wanted_integer, *given_real);
    if (wanted_real && given_integer) return is_equal(*given_integer, *wanted_real);
    if (wanted_real) return wanted_real == given_real;
    if (wanted.as_text()) return wanted.as_text() == given.as_text();
    return wanted == given;
}

}  // namespace

void check_headers_binding(wire::TableView arguments) {
    const auto mode = arguments.find(match_argument);
    if (!mode) return;
    if (mode->type() != 'S') {
        refuse(wire::ReplyCode::precondition_failed,
               text("Invalid x-match field type ", type_name(mode->type()), " (value ",
                    value_text(*mode), "); expected longstr"));
    }
    const std::string_view value = *mode->as_text();
    if (value != "all" && value != "any" && value != "all-with-x" && value != "any-with-x") {
        refuse(wire::ReplyCode::precondition_failed,
               text("Invalid x-match field value <<\"", value,
                    "\">>; expected all, any, all-with-x, or any-with-x"));
    }
}

bool headers_match(wire::TableView arguments, wire::TableView headers) {
    const std::string_view mode = match_mode(arguments);
    const bool needs_all = mode.starts_with("all");
    const bool counts_x = mode.ends_with("-with-x");
    for (const auto [name, wanted] : arguments) {
        if (name == match_argument || (!counts_x && name.starts_with("x-"))) continue;
        const auto given = headers.find(name);
        const bool matches = given && (wanted.is_void() || is_equal(wanted, *given));
        if (matches != needs_all) return !needs_all;
    }
    return needs_all;
}

}  // namespace eventail::broker
