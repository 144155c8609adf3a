// Points in time as text, by RFC 3339: always written in UTC, read with any offset.
#include <eventail/codecs/chrono.hpp>

#include <array>
#include <chrono>
#include <cstdio>
#include <optional>

namespace eventail::detail {
namespace {

constexpr std::int64_t seconds_per_day = 86400;

class Text {
public:
    explicit Text(std::string_view text) noexcept : rest_(text) {}

    /// The next `digits` digits as a number.
    std::optional<int> number(std::size_t digits) noexcept {
        if (rest_.size() < digits) return std::nullopt;
        int value = 0;
        for (std::size_t i = 0; i < digits; ++i) {
            if (!is_digit(rest_[i])) return std::nullopt;
            value = 10 * value + (rest_[i] - '0');
        }
        rest_.remove_prefix(digits);
        return value;
    }
    bool take(std::string_view any_of) noexcept {
        if (rest_.empty() || any_of.find(rest_.front()) == std::string_view::npos) return false;
        last_ = rest_.front();
        rest_.remove_prefix(1);
        return true;
    }
    [[nodiscard]] char last() const noexcept { return last_; }
    [[nodiscard]] bool is_at_end() const noexcept { return rest_.empty(); }

    /// The digits after a decimal point, or nothing if there are none.
    std::optional<std::int64_t> fraction_in_nanoseconds() noexcept {
        if (rest_.empty() || !is_digit(rest_.front())) return std::nullopt;
        std::int64_t value = 0;
        for (std::int64_t scale = 100'000'000; !rest_.empty() && is_digit(rest_.front());
             scale /= 10) {
            value += scale * (rest_.front() - '0');
            rest_.remove_prefix(1);
        }
        return value;
    }

private:
    static bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

    std::string_view rest_;
    char last_ = 0;
};

std::optional<std::int64_t> read_offset(Text& text) noexcept {
    if (text.take("Zz")) return 0;
    if (!text.take("+-")) return std::nullopt;
    const int sign = text.last() == '-' ? -1 : 1;
    const auto hours = text.number(2);
    if (!hours || *hours > 23 || !text.take(":")) return std::nullopt;
    const auto minutes = text.number(2);
    if (!minutes || *minutes > 59) return std::nullopt;
    return sign * (*hours * 3600 + *minutes * 60);
}

std::optional<Instant> read(std::string_view given) noexcept {
    Text text(given);
    const auto year = text.number(4);
    if (!year || !text.take("-")) return std::nullopt;
    const auto month = text.number(2);
    if (!month || !text.take("-")) return std::nullopt;
    const auto day = text.number(2);
    if (!day || !text.take("Tt ")) return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year(*year),
                                           std::chrono::month(static_cast<unsigned>(*month)),
                                           std::chrono::day(static_cast<unsigned>(*day))};
    const auto hours = text.number(2);
    if (!date.ok() || !hours || *hours > 23 || !text.take(":")) return std::nullopt;
    const auto minutes = text.number(2);
    if (!minutes || *minutes > 59 || !text.take(":")) return std::nullopt;
    const auto seconds = text.number(2);
    if (!seconds || *seconds > 60) return std::nullopt;  // 60: a leap second
    Instant instant;
    if (text.take(".")) {
        const auto fraction = text.fraction_in_nanoseconds();
        if (!fraction) return std::nullopt;
        instant.nanoseconds = *fraction;
    }
    const auto offset = read_offset(text);
    if (!offset || !text.is_at_end()) return std::nullopt;
    instant.unix_seconds =
        std::chrono::sys_days(date).time_since_epoch().count() * seconds_per_day + *hours * 3600 +
        *minutes * 60 + *seconds - *offset;
    return instant;
}

}  // namespace

std::string rfc3339(Instant instant, unsigned fraction_digits) {
    using std::chrono::days;
    using std::chrono::seconds;
    const seconds since_epoch(instant.unix_seconds);
    const days day = std::chrono::floor<days>(since_epoch);
    constexpr std::int64_t first_day = -719'528;  // 0000-01-01
    constexpr std::int64_t last_day = 2'932'896;  // 9999-12-31
    if (day.count() < first_day || day.count() > last_day) {
        throw Error(Errc::invalid_payload,
                    "payload: RFC 3339 has no point in time outside the years 0 to 9999");
    }
    const std::chrono::year_month_day date{std::chrono::sys_days(day)};
    const auto of_day = (since_epoch - day).count();
    std::array<char, 40> text{};
    const int size =
        std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%09d",
                      static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                      static_cast<unsigned>(date.day()), static_cast<int>(of_day / 3600),
                      static_cast<int>(of_day / 60 % 60), static_cast<int>(of_day % 60),
                      static_cast<int>(instant.nanoseconds));
    std::string result(text.data(), static_cast<std::size_t>(size));
    result.resize(result.size() - (fraction_digits == 0 ? 10 : 9 - fraction_digits));
    return result + 'Z';
}

Instant read_rfc3339(PayloadReader& reader) {
    const PayloadReader before = reader;
    const auto instant = read(reader.text());
    if (!instant) before.refuse("a point in time by RFC 3339");
    return *instant;
}

}  // namespace eventail::detail
