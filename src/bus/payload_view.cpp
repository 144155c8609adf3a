// PayloadView: reading plain CBOR in place. The bytes have been checked, so nothing is here again.
#include "bus/cbor_head.hpp"
#include "bus/payload_text.hpp"
#include <eventail/payload.hpp>

#include <bit>
#include <cmath>

namespace eventail {

namespace cbor = bus::cbor;

namespace {

const char* name_of(const std::byte* item) {
    const cbor::Head head = cbor::read_head(item);
    switch (head.major) {
        case cbor::unsigned_integer:
        case cbor::negative_integer: return "an integer";
        case cbor::binary: return "binary";
        case cbor::text: return "text";
        case cbor::array: return "a list";
        case cbor::map: return "a map";
        default: break;
    }
    if (*item == cbor::null_item) return "null";
    return head.info >= cbor::half_float ? "a float" : "a boolean";
}

std::string prefix(const std::byte* key) {
    if (key == nullptr) return "payload: ";
    return "payload, key " + bus::quoted(cbor::text_at(cbor::read_head(key))) + ": ";
}

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

}  // namespace

PayloadView PayloadView::at(std::string_view key) const {
    if (!is_object()) refuse("a map");
    if (const auto found = find(key)) return *found;
    throw Error(Errc::missing_key, prefix(key_) + "no key " + bus::quoted(key) +
                                       " in this map of " + std::to_string(size()));
}

std::optional<PayloadView> PayloadView::find(std::string_view key) const {
    if (!is_object()) refuse("a map");
    const cbor::Head map = cbor::read_head(at_);
    const std::byte* at = map.end;
    for (std::uint64_t left = map.argument; left != 0; --left) {
        const cbor::Head head = cbor::read_head(at);
        const std::byte* const value = head.end + head.argument;
        if (cbor::text_at(head) == key) return PayloadView(value, at);
        at = cbor::skip(value);
    }
    return std::nullopt;
}

bool PayloadView::contains(std::string_view key) const noexcept {
    return is_object() && find(key).has_value();
}

PayloadView PayloadView::at(std::size_t index) const {
    if (!is_array()) refuse("a list");
    const cbor::Head list = cbor::read_head(at_);
    if (index >= list.argument) {
        throw Error(Errc::out_of_range, prefix(key_) + "no item " + std::to_string(index) +
                                            " in this list of " + std::to_string(list.argument));
    }
    const std::byte* at = list.end;
    for (; index != 0; --index) at = cbor::skip(at);
    return PayloadView(at, key_);
}

std::string PayloadView::value(std::string_view key, const char* fallback) const {
    const auto found = find(key);
    return found ? found->get<std::string>() : std::string(fallback);
}

std::size_t PayloadView::size() const noexcept {
    if (is_null()) return 0;
    if (!is_array() && !is_object()) return 1;
    return static_cast<std::size_t>(cbor::read_head(at_).argument);
}

PayloadView::Iterator PayloadView::begin() const {
    if (!is_array()) refuse("a list");
    const cbor::Head list = cbor::read_head(at_);
    return {list.end, static_cast<std::size_t>(list.argument)};
}

PayloadView::Iterator PayloadView::end() const { return {}; }

PayloadView::Items PayloadView::items() const {
    if (!is_object()) refuse("a map");
    const cbor::Head map = cbor::read_head(at_);
    return {map.end, static_cast<std::size_t>(map.argument)};
}

PayloadView::Iterator& PayloadView::Iterator::operator++() noexcept {
    --remaining_;
    at_ = cbor::skip(at_);
    return *this;
}

PayloadView::Iterator PayloadView::Iterator::operator++(int) noexcept {
    const Iterator before = *this;
    ++*this;
    return before;
}

PayloadView::Items::Item PayloadView::Items::Iterator::operator*() const noexcept {
    const cbor::Head key = cbor::read_head(at_);
    return {cbor::text_at(key), PayloadView(key.end + key.argument, at_)};
}

PayloadView::Items::Iterator& PayloadView::Items::Iterator::operator++() noexcept {
    --remaining_;
    at_ = cbor::skip(cbor::skip(at_));
    return *this;
}

PayloadView::Items::Iterator PayloadView::Items::Iterator::operator++(int) noexcept {
    const Iterator before = *this;
    ++*this;
    return before;
}

bool PayloadView::as_boolean() const {
    if (!is_boolean()) refuse("a boolean");
    return *at_ == cbor::true_item;
}

std::int64_t PayloadView::as_signed(std::int64_t min, std::int64_t max) const {
    if (!is_number_integer()) refuse("an integer");
    const cbor::Head head = cbor::read_head(at_);
    if (head.argument <= static_cast<std::uint64_t>(max)) {
        const auto number = static_cast<std::int64_t>(head.argument);
        if (head.major == cbor::unsigned_integer) return number;
        if (-1 - number >= min) return -1 - number;
    }
    throw Error(Errc::out_of_range, prefix(key_) + dump(32) + " is not within " +
                                        std::to_string(min) + " … " + std::to_string(max));
}

std::uint64_t PayloadView::as_unsigned(std::uint64_t max) const {
    if (!is_number_integer()) refuse("an integer");
    const cbor::Head head = cbor::read_head(at_);
    if (head.major == cbor::unsigned_integer && head.argument <= max) return head.argument;
    throw Error(Errc::out_of_range,
                prefix(key_) + dump(32) + " is not within 0 … " + std::to_string(max));
}

double PayloadView::as_double() const {
    const cbor::Head head = cbor::read_head(at_);
    if (head.major == cbor::unsigned_integer) return static_cast<double>(head.argument);
    if (head.major == cbor::negative_integer) {
        return static_cast<double>(-1 - static_cast<std::int64_t>(head.argument));
    }
    if (!is_number_float()) refuse("a number");
    if (head.info == cbor::half_float) return half(head.argument);
    if (head.info == cbor::double_float) return std::bit_cast<double>(head.argument);
    return std::bit_cast<float>(static_cast<std::uint32_t>(head.argument));
}

std::string_view PayloadView::as_text() const {
    if (!is_string()) refuse("text");
    return cbor::text_at(cbor::read_head(at_));
}

std::span<const std::byte> PayloadView::as_binary() const {
    if (!is_binary()) refuse("binary");
    const cbor::Head head = cbor::read_head(at_);
    return {head.end, static_cast<std::size_t>(head.argument)};
}

void PayloadView::refuse(const char* wanted) const {
    throw Error(Errc::type_mismatch, prefix(key_) + "wanted " + wanted + ", found " + name_of(at_));
}

}  // namespace eventail
