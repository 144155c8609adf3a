// How C++ types become payload content and come back: the extension point Codec, and the shapes by
// which containers are recognised without including their headers.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

namespace eventail {

class Payload;
class PayloadView;
class PayloadReader;
class Value;
class PayloadWriter;

/// Specialise it to make a type of your own payload content, for writing, reading or both. Structs
/// and enums that are described need none: see eventail/described.hpp.
///
///     template <> struct eventail::Codec<Point> {
///         static void encode(const Point& point, eventail::PayloadWriter& writer) {
///             writer.write({{"x", point.x}, {"y", point.y}});
///         }
///         static Point decode(eventail::PayloadView view) {
///             return {view["x"].get<int>(), view["y"].get<int>()};
///         }
///     };
///
/// Reading may as well be `static void decode_into(Point& point, eventail::PayloadReader& reader)`,
/// which takes the content item by item, without looking anything up.
template <class T>
struct Codec;

namespace detail {

template <class T>
concept coded = requires {
    sizeof(Codec<T>);
};

/// Up to 64 bits: `__int128` would lose half of them.
template <class T>
concept integer = std::integral<T> && sizeof(T) <= 8 && !std::same_as<T, bool> &&
                  !std::same_as<T, char> && !std::same_as<T, wchar_t> &&
                  !std::same_as<T, char8_t> && !std::same_as<T, char16_t> &&
                  !std::same_as<T, char32_t>;

/// Not long double, which would lose what a double cannot hold.
template <class T>
concept floating = std::same_as<T, float> || std::same_as<T, double>;

template <class T>
concept text = std::is_convertible_v<const T&, std::string_view>;

template <class T>
concept binary = std::is_convertible_v<const T&, std::span<const std::byte>>;

template <class T>
concept optional = requires(const T& content) {
    typename T::value_type;
    { content.has_value() } -> std::same_as<bool>;
    *content;
};

/// A list of fixed size: std::tuple, std::pair, std::array.
template <class T>
concept fixed = requires {
    std::tuple_size<T>::value;
};

template <class T>
concept range = requires(const T& content) {
    typename T::value_type;
    content.begin();
    content.end();
    content.size();
};

template <class T>
concept associative = requires {
    typename T::mapped_type;
};

template <class T>
concept list = range<T> && !associative<T>;

template <class T>
concept map = range<T> && associative<T> && text<typename T::key_type>;

template <class T>
consteval bool encodable();

template <class T, std::size_t... I>
consteval bool all_encodable(std::index_sequence<I...>) {
    return (encodable<std::remove_cvref_t<std::tuple_element_t<I, T>>>() && ...);
}

/// Whether a T can be written.
template <class T>
consteval bool encodable() {
    if constexpr (coded<T>) {
        return requires(const T& content, PayloadWriter& writer) {
            Codec<T>::encode(content, writer);
        };
    } else if constexpr (std::same_as<T, Payload> || std::same_as<T, PayloadView> ||
                         std::same_as<T, std::nullptr_t> || std::same_as<T, bool> || integer<T> ||
                         floating<T> || text<T> || binary<T>) {
        return true;
    } else if constexpr (map<T>) {
        return encodable<typename T::mapped_type>();
    } else if constexpr (optional<T> || list<T>) {
        return encodable<typename T::value_type>();
    } else if constexpr (fixed<T>) {
        return all_encodable<T>(std::make_index_sequence<std::tuple_size_v<T>>());
    } else {
        return false;
    }
}

template <class T, class... Within>
consteval bool borrowed();

template <class T, class... Within, std::size_t... I>
consteval bool any_borrowed(std::index_sequence<I...>) {
    return (borrowed<std::tuple_element_t<I, T>, Within...>() || ...);
}

/// Whether a T only points into the payload that it was read from. A codec may say so of its type:
/// `template <class... Within> static consteval bool is_borrowed()`, within which it is contained.
template <class T, class... Within>
consteval bool borrowed() {
    if constexpr (std::same_as<T, std::string_view> || std::same_as<T, PayloadView> ||
                  std::same_as<T, std::span<const std::byte>>) {
        return true;
    } else if constexpr (coded<T>) {
        if constexpr (requires { Codec<T>::template is_borrowed<Within...>(); }) {
            return Codec<T>::template is_borrowed<Within...>();
        } else {
            return false;
        }
    } else if constexpr (text<T> || binary<T>) {
        return false;
    } else if constexpr (map<T>) {
        return borrowed<typename T::key_type, Within...>() ||
               borrowed<typename T::mapped_type, Within...>();
    } else if constexpr (optional<T> || list<T>) {
        return borrowed<typename T::value_type, Within...>();
    } else if constexpr (fixed<T>) {
        return any_borrowed<T, Within...>(std::make_index_sequence<std::tuple_size_v<T>>());
    } else {
        return false;
    }
}

}  // namespace detail
}  // namespace eventail
