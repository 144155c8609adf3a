// Points in time and durations as content of payloads.
//
//     std::chrono::sys_time   text by RFC 3339, in UTC: "2026-11-30T22:25:46.250Z"
//     eventail::UnixTime      the seconds since 1970 as a number: 1796077546.25
//     std::chrono::duration   seconds as a number: 90, 0.25
#pragma once

#include <eventail/payload.hpp>
#include <eventail/variant.hpp>

#include <chrono>
#include <cstdint>
#include <limits>
#include <ratio>
#include <string>
#include <string_view>
#include <type_traits>

namespace eventail {

/// A point in time that is a number in payloads, seconds since 1970: an integer where Duration
/// counts whole seconds, otherwise a float. Reading takes both, rounded to the nearest tick.
template <class Duration = std::chrono::seconds>
struct UnixTime {
    std::chrono::sys_time<Duration> time = {};

    UnixTime() = default;
    UnixTime(std::chrono::sys_time<Duration> point) noexcept : time(point) {}
    operator std::chrono::sys_time<Duration>() const noexcept { return time; }
    bool operator==(const UnixTime&) const = default;
};

namespace detail {

/// A point in time apart: whole seconds, rounded down, and the rest.
struct Instant {
    std::int64_t unix_seconds = 0;
    std::int64_t nanoseconds = 0;
};

/// Throws Error{invalid_payload} outside the years 0 to 9999.
[[nodiscard]] std::string rfc3339(Instant instant, unsigned fraction_digits);
/// Takes any offset and any number of digits, of which the first nine count.
[[nodiscard]] Instant read_rfc3339(PayloadReader& reader);

template <class Duration>
inline constexpr bool counts_seconds =
    Duration::period::den == 1 && std::is_integral_v<typename Duration::rep>;

/// How many digits a fraction of a second has that Duration can hold, at most nine.
template <class Duration>
consteval unsigned fraction_digits() {
    if (std::is_floating_point_v<typename Duration::rep>) return 9;
    unsigned digits = 0;
    for (std::intmax_t den = 1; digits < 9 && den % Duration::period::den != 0; den *= 10) ++digits;
    return digits;
}

/// Throws Error{out_of_range} for seconds that a duration of this type cannot hold.
template <class Duration>
Duration read_seconds(PayloadReader& reader) {
    using Rep = typename Duration::rep;
    using Ticks = std::chrono::duration<double, typename Duration::period>;
    const PayloadView item = reader.view();
    if constexpr (std::is_integral_v<Rep> &&
                  std::ratio_equal_v<typename Duration::period, std::ratio<1>>) {
        if (item.is_integer()) return Duration(reader.read<Rep>());  // exactly, however large
    }
    const Ticks ticks = std::chrono::duration<double>(reader.floating());
    if constexpr (std::is_floating_point_v<Rep>) {
        return Duration(ticks);
    } else {
        if (ticks.count() > static_cast<double>(std::numeric_limits<Rep>::min()) &&
            ticks.count() < static_cast<double>(std::numeric_limits<Rep>::max())) {
            return std::chrono::round<Duration>(ticks);
        }
        throw Error(Errc::out_of_range, item.dump() + " seconds do not fit its duration");
    }
}

template <class Duration>
void write_seconds(Duration duration, PayloadWriter& writer) {
    if constexpr (counts_seconds<Duration>) {
        writer.write(std::int64_t{std::chrono::seconds(duration).count()});
    } else {
        writer.write(std::chrono::duration<double>(duration).count());
    }
}

}  // namespace detail

template <class Duration>
struct Codec<std::chrono::sys_time<Duration>> {
    static constexpr auto kind = ContentKind::text;
    using Time = std::chrono::sys_time<Duration>;

    static void encode(const Time& time, PayloadWriter& writer) {
        const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
        const auto rest = std::chrono::floor<std::chrono::nanoseconds>(time - seconds);
        writer.write(detail::rfc3339({seconds.time_since_epoch().count(), rest.count()},
                                     detail::fraction_digits<Duration>()));
    }
    static void decode_into(Time& time, PayloadReader& reader) {
        using Ticks = std::chrono::duration<long double, typename Duration::period>;
        const detail::Instant instant = detail::read_rfc3339(reader);
        const Ticks ticks = Ticks(std::chrono::seconds(instant.unix_seconds));
        using Rep = typename Duration::rep;
        if (ticks.count() <= static_cast<long double>(std::numeric_limits<Rep>::lowest()) ||
            ticks.count() >= static_cast<long double>(std::numeric_limits<Rep>::max())) {
            throw Error(Errc::out_of_range, "a point in time that its type cannot hold");
        }
        time = Time(std::chrono::floor<Duration>(std::chrono::seconds(instant.unix_seconds))) +
               std::chrono::floor<Duration>(
                   std::chrono::seconds(instant.unix_seconds) -
                   std::chrono::floor<Duration>(std::chrono::seconds(instant.unix_seconds)) +
                   std::chrono::nanoseconds(instant.nanoseconds));
    }
};

template <class Duration>
struct Codec<UnixTime<Duration>> {
    static constexpr auto kind =
        detail::counts_seconds<Duration> ? ContentKind::integer : ContentKind::floating;

    static void encode(const UnixTime<Duration>& content, PayloadWriter& writer) {
        detail::write_seconds(content.time.time_since_epoch(), writer);
    }
    static void decode_into(UnixTime<Duration>& content, PayloadReader& reader) {
        content.time = std::chrono::sys_time<Duration>(detail::read_seconds<Duration>(reader));
    }
};

template <class Rep, class Period>
struct Codec<std::chrono::duration<Rep, Period>> {
    using Duration = std::chrono::duration<Rep, Period>;
    static constexpr auto kind =
        detail::counts_seconds<Duration> ? ContentKind::integer : ContentKind::floating;

    static void encode(const Duration& duration, PayloadWriter& writer) {
        detail::write_seconds(duration, writer);
    }
    static void decode_into(Duration& duration, PayloadReader& reader) {
        duration = detail::read_seconds<Duration>(reader);
    }
};

}  // namespace eventail
