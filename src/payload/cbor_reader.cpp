// PayloadReader: plain CBOR, item by item. The bytes are already checked, so it checks nothing.
#include "payload/cbor_head.hpp"
#include "payload/located_error.hpp"
#include "payload/payload_block.hpp"
#include "payload/payload_path.hpp"
#include "payload/payload_text.hpp"
#include <eventail/payload.hpp>

#include <algorithm>
#include <bit>
#include <cmath>
#include <optional>

namespace eventail {

namespace cbor = payload::cbor;

namespace {

double half(std::uint64_t bits) noexcept {
    const auto fraction = static_cast<double>(bits & 0x3ff);
    const auto exponent = static_cast<int>(bits >> 10 & 0x1f);
    double magnitude = 0;
    if (exponent == 0) {
        magnitude = std::ldexp(fraction, -24);
    } else if (exponent < 31) {
        magnitude = std::ldexp(fraction + 1024, exponent - 25);
    } else {
        magnitude = fraction == 0 ? std::numeric_limits<double>::infinity()
                                  : std::numeric_limits<double>::quiet_NaN();
    }
    return (bits & 0x8000) != 0 ? -magnitude : magnitude;
}

double as_double(const cbor::Head& head) noexcept {
    if (head.info == cbor::double_float) return std::bit_cast<double>(head.argument);
    if (head.info == cbor::half_float) return half(head.argument);
    return std::bit_cast<float>(static_cast<std::uint32_t>(head.argument));
}

template <class Number>
[[noreturn]] void refuse_range(const std::byte* root, const std::byte* item, Number min,
                               std::uint64_t max) {
    throw payload::LocatedError(Errc::out_of_range, payload::path_of(root, item) + ": " +
                                                        to_text(detail::PlainCbor::view(item)) +
                                                        " is not within " + std::to_string(min) +
                                                        " … " + std::to_string(max));
}

/// The integer that equals the float exactly, or nothing.
std::optional<cbor::Head> as_integer(const cbor::Head& head) noexcept {
    if (head.major != cbor::simple || head.info < cbor::half_float) return std::nullopt;
    const double number = as_double(head);
    constexpr double limit = 18446744073709551616.0;  // 2^64
    if (!(number >= -limit / 2 && number < limit) || number != std::trunc(number)) {
        return std::nullopt;
    }
    cbor::Head whole = head;
    whole.major = number < 0 ? cbor::negative_integer : cbor::unsigned_integer;
    whole.argument = number < 0 ? ~static_cast<std::uint64_t>(static_cast<std::int64_t>(number))
                                : static_cast<std::uint64_t>(number);
    return whole;
}

}  // namespace

void PayloadReader::skip() noexcept { at_ = cbor::skip(at_); }

std::size_t PayloadReader::begin_list() {
    const cbor::Head head = cbor::read_head(at_);
    if (head.major != cbor::list) refuse("a list");
    at_ = head.end;
    return static_cast<std::size_t>(head.argument);
}

void PayloadReader::begin_list(std::size_t size) {
    const cbor::Head head = cbor::read_head(at_);
    if (head.major != cbor::list || head.argument != size) {
        refuse("a list of " + std::to_string(size));
    }
    at_ = head.end;
}

std::size_t PayloadReader::begin_map() {
    const cbor::Head head = cbor::read_head(at_);
    if (head.major != cbor::map) refuse("a map");
    at_ = head.end;
    return static_cast<std::size_t>(head.argument);
}

std::string_view PayloadReader::key() noexcept {
    const cbor::Head head = cbor::read_head(at_);
    at_ = head.end + head.argument;
    return cbor::text_at(head);
}

std::size_t PayloadReader::key(std::span<const std::string_view> names,
                               std::size_t first_guess) noexcept {
    const std::string_view found = key();
    for (std::size_t i = first_guess; i < names.size(); ++i) {
        if (names[i] == found) return i;
    }
    for (std::size_t i = 0; i < first_guess; ++i) {
        if (names[i] == found) return i;
    }
    return names.size();
}

std::size_t PayloadReader::name(std::span<const std::string_view> names) {
    const cbor::Head head = cbor::read_head(at_);
    if (head.major == cbor::text) {
        const auto found = std::ranges::find(names, cbor::text_at(head));
        if (found != names.end()) {
            at_ = head.end + head.argument;
            return static_cast<std::size_t>(found - names.begin());
        }
    }
    std::string expected = "one of";
    for (const std::string_view name : names) {
        expected += (name == names.front() ? " " : ", ") + payload::quoted(name);
    }
    refuse(expected);
}

bool PayloadReader::boolean() {
    if (*at_ != cbor::true_item && *at_ != cbor::false_item) refuse("a boolean");
    return *at_++ == cbor::true_item;
}

std::int64_t PayloadReader::integer(std::int64_t min, std::int64_t max) {
    const auto take = [&](const cbor::Head& head) {
        if (head.argument <= static_cast<std::uint64_t>(max)) {
            auto number = static_cast<std::int64_t>(head.argument);
            if (head.major == cbor::negative_integer) number = ~number;
            if (number >= min) {
                at_ = head.end;
                return number;
            }
        }
        refuse_range(root_, at_, min, static_cast<std::uint64_t>(max));
    };
    const cbor::Head head = cbor::read_head(at_);
    if (head.major <= cbor::negative_integer) [[likely]]
        return take(head);
    if (const auto whole = as_integer(head)) return take(*whole);
    refuse("an integer");
}

std::uint64_t PayloadReader::unsigned_integer(std::uint64_t max) {
    const auto take = [&](const cbor::Head& head) {
        if (head.major == cbor::negative_integer || head.argument > max) {
            refuse_range(root_, at_, 0, max);
        }
        at_ = head.end;
        return head.argument;
    };
    const cbor::Head head = cbor::read_head(at_);
    if (head.major <= cbor::negative_integer) [[likely]]
        return take(head);
    if (const auto whole = as_integer(head)) return take(*whole);
    refuse("an integer");
}

double PayloadReader::floating() {
    const cbor::Head head = cbor::read_head(at_);
    if (head.major > cbor::negative_integer && *at_ < std::byte{0xf9}) refuse("a number");
    at_ = head.end;
    if (head.major == cbor::unsigned_integer) return static_cast<double>(head.argument);
    if (head.major == cbor::negative_integer) {
        return static_cast<double>(~static_cast<std::int64_t>(head.argument));
    }
    return as_double(head);
}

std::string_view PayloadReader::text() {
    const cbor::Head head = cbor::read_head(at_);
    if (head.major != cbor::text) refuse("text");
    at_ = head.end + head.argument;
    return cbor::text_at(head);
}

std::span<const std::byte> PayloadReader::binary() {
    const cbor::Head head = cbor::read_head(at_);
    if (head.major != cbor::binary) refuse("binary");
    at_ = head.end + head.argument;
    return {head.end, static_cast<std::size_t>(head.argument)};
}

std::span<const std::byte> PayloadReader::binary(std::size_t size) {
    const cbor::Head head = cbor::read_head(at_);
    if (head.major != cbor::binary || head.argument != size) {
        refuse("binary of " + std::to_string(size) + " bytes");
    }
    return binary();
}

void PayloadReader::refuse(std::string_view expected) const {
    throw payload::LocatedError(Errc::type_mismatch, payload::path_of(root_, at_) + ": expected " +
                                                         std::string(expected) + ", got " +
                                                         payload::in_words(at_));
}

}  // namespace eventail
