// How C++ types become payload content and come back: the extension point Codec, the Writer that
// encodes, and the shapes by which containers are recognised without including their headers.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

namespace eventail {

class Payload;
class PayloadView;
class Value;
struct PayloadLimits;

namespace bus {
class Sink;
}

/// Specialise it to make a type of your own payload content, for writing, reading or both:
///
///     template <> struct eventail::Codec<Point> {
///         static void encode(const Point& point, eventail::Writer& writer) {
///             writer.write({{"x", point.x}, {"y", point.y}});
///         }
///         static Point decode(eventail::PayloadView view) {
///             return {view["x"].get<int>(), view["y"].get<int>()};
///         }
///     };
template <class T>
struct Codec;

/// Appends content in CBOR, as the Python peers encode it: integers in the shortest form, floats
/// in eight bytes, definite lengths. Every call throws Error (invalid_payload: text that is not
/// UTF-8; too_deep, payload_too_large: beyond the limits).
class Writer {
public:
    Writer(bus::Sink& sink, const PayloadLimits& limits);
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;

    /// Appends one value; what most codecs need.
    void write(const Value& value);

    /// Opens a list. Exactly `size` values must follow, then end().
    void begin_array(std::size_t size);
    /// Opens a map. Exactly `size` times a key and a value must follow, then end().
    void begin_map(std::size_t size);
    /// Appends the key of the value that follows. It must stay alive until the value is written.
    void key(std::string_view name);
    /// Closes the innermost list or map.
    void end() noexcept;

    /// How deeply the content written so far is nested.
    [[nodiscard]] std::size_t depth() const noexcept { return deepest_; }

private:
    void head(std::uint8_t major, std::uint64_t argument);
    void integer(std::int64_t number);
    void floating(double number);
    void text(std::string_view text);
    void binary(std::span<const std::byte> bytes);
    void splice(std::span<const std::byte> encoded);
    void append(const void* bytes, std::size_t size);
    std::byte* room(std::size_t size);
    void open(std::uint8_t major, std::size_t size);

    bus::Sink* sink_;
    std::size_t start_;
    std::size_t max_bytes_;
    std::size_t max_depth_;
    std::size_t depth_ = 0;
    std::size_t deepest_ = 0;
    std::string_view key_;
};

namespace shapes {

template <class T>
concept coded = requires {
    sizeof(Codec<T>);
};

template <class T>
concept integer = std::integral<T> && !std::same_as<T, bool> && !std::same_as<T, char> &&
                  !std::same_as<T, wchar_t> && !std::same_as<T, char8_t> &&
                  !std::same_as<T, char16_t> && !std::same_as<T, char32_t>;

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

template <class T>
concept list = requires(const T& content) {
    typename T::value_type;
    content.begin();
    content.end();
    content.size();
};

template <class T>
concept map = list<T> && requires {
    typename T::mapped_type;
} && text<typename T::key_type>;

/// Whether a T can be written.
template <class T>
consteval bool encodable() {
    if constexpr (coded<T>) {
        return requires(const T& content, Writer& writer) { Codec<T>::encode(content, writer); };
    } else if constexpr (std::same_as<T, Value> || std::same_as<T, Payload> ||
                         std::same_as<T, PayloadView> || std::same_as<T, std::nullptr_t> ||
                         std::same_as<T, bool> || integer<T> || std::floating_point<T> || text<T> ||
                         binary<T>) {
        return true;
    } else if constexpr (map<T>) {
        return encodable<typename T::mapped_type>();
    } else if constexpr (optional<T> || list<T>) {
        return encodable<typename T::value_type>();
    } else {
        return false;
    }
}

/// Whether a T only points into the payload that it was read from.
template <class T>
consteval bool borrowed() {
    if constexpr (std::same_as<T, std::string_view> || std::same_as<T, PayloadView> ||
                  std::same_as<T, std::span<const std::byte>>) {
        return true;
    } else if constexpr (coded<T> || text<T> || binary<T>) {
        return false;
    } else if constexpr (map<T>) {
        return borrowed<typename T::key_type>() || borrowed<typename T::mapped_type>();
    } else if constexpr (optional<T> || list<T>) {
        return borrowed<typename T::value_type>();
    } else {
        return false;
    }
}

}  // namespace shapes
}  // namespace eventail
