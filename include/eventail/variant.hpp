// std::variant as content of payloads: which alternative it is shows in the kind of the content.
#pragma once

#include <eventail/payload.hpp>

#include <array>
#include <string>
#include <variant>

namespace eventail {

namespace shapes {

enum class Kind : std::uint8_t {
    null,
    boolean,
    integer,
    floating,
    text,
    binary,
    list,
    map,
    any,  ///< Payload, PayloadView, and what has a Codec that does not say
};

inline constexpr std::array<std::string_view, 9> kind_names{
    "null", "a boolean", "an integer", "a float", "text", "binary", "a list", "a map", "anything"};

/// What a T is in a payload. A codec may say so of its type: `static constexpr Kind kind`.
template <class T>
consteval Kind kind_of() {
    if constexpr (requires { Codec<T>::kind; }) return Codec<T>::kind;
    if constexpr (coded<T>) return Kind::any;
    if constexpr (std::same_as<T, bool>) return Kind::boolean;
    if constexpr (integer<T>) return Kind::integer;
    if constexpr (std::floating_point<T>) return Kind::floating;
    if constexpr (text<T>) return Kind::text;
    if constexpr (binary<T>) return Kind::binary;
    if constexpr (map<T>) return Kind::map;
    if constexpr (list<T> || fixed<T>) return Kind::list;
    return Kind::any;
}

[[nodiscard]] inline Kind kind_of(PayloadView content) noexcept {
    if (content.is_null()) return Kind::null;
    if (content.is_boolean()) return Kind::boolean;
    if (content.is_number_integer()) return Kind::integer;
    if (content.is_number_float()) return Kind::floating;
    if (content.is_string()) return Kind::text;
    if (content.is_binary()) return Kind::binary;
    return content.is_array() ? Kind::list : Kind::map;
}

}  // namespace shapes

/// Null: what a std::variant is that may be nothing.
template <>
struct Codec<std::monostate> {
    static constexpr auto kind = shapes::Kind::null;
    static void encode(std::monostate, Writer& writer) { writer.write(nullptr); }
    static void decode_into(std::monostate&, Reader& reader) {
        if (!reader.is_null()) reader.refuse("null");
        reader.skip();
    }
};

/// Content of several kinds: null, boolean, integer, float, text, binary, list and map, one
/// alternative for each at most. An integer is also taken as a float where there is no alternative
/// for integers, and Payload takes what none of the others does.
template <class... Alternatives>
struct Codec<std::variant<Alternatives...>> {
    using Variant = std::variant<Alternatives...>;

    static void encode(const Variant& content, Writer& writer) {
        std::visit([&writer](const auto& held) { writer.write(held); }, content);
    }
    static void decode_into(Variant& content, Reader& reader) {
        const std::size_t wanted = alternative(reader);
        std::size_t i = 0;
        ((i++ == wanted ? take<Alternatives>(content, reader) : void()), ...);
    }
    template <class... Within>
    static consteval bool is_borrowed() {
        return (shapes::borrowed<Alternatives, Within...>() || ...);
    }

private:
    static constexpr std::array kinds{shapes::kind_of<Alternatives>()...};

    static consteval bool are_distinct() {
        for (std::size_t i = 0; i < kinds.size(); ++i) {
            for (std::size_t k = 0; k < i; ++k) {
                if (kinds[i] == kinds[k]) return false;
            }
        }
        return true;
    }
    static_assert(are_distinct(), "two alternatives of the variant look alike in a payload");

    template <class T>
    static void take(Variant& content, Reader& reader) {
        content = reader.read<T>();
    }

    static std::size_t alternative(const Reader& reader) {
        using shapes::Kind;
        const Kind kind = shapes::kind_of(reader.view());
        if (const std::size_t i = find(kind); i < kinds.size()) return i;
        if (kind == Kind::integer && find(Kind::floating) < kinds.size()) {
            return find(Kind::floating);
        }
        if (const std::size_t i = find(Kind::any); i < kinds.size()) return i;
        std::string expected;
        for (const Kind each : kinds) {
            if (!expected.empty()) expected += " or ";
            expected += shapes::kind_names[static_cast<std::size_t>(each)];
        }
        reader.refuse(expected);
    }

    static constexpr std::size_t find(shapes::Kind kind) noexcept {
        std::size_t i = 0;
        while (i < kinds.size() && kinds[i] != kind) ++i;
        return i;
    }
};

}  // namespace eventail
