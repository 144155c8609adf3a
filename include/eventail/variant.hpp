// std::variant as content of payloads: which alternative it is shows in the kind of the content.
#pragma once

#include <eventail/payload.hpp>

#include <array>
#include <string>
#include <variant>

namespace eventail {

/// What content there is. A codec may say of its type what it is in a payload, so that a
/// variant can tell it from other alternatives: `static constexpr auto kind = ContentKind::text`.
enum class ContentKind : std::uint8_t {
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

namespace detail {

inline constexpr std::array<std::string_view, 9> kind_names{
    "null", "a boolean", "an integer", "a float", "text", "binary", "a list", "a map", "anything"};

/// What a T is in a payload.
template <class T>
consteval ContentKind kind_of() {
    if constexpr (requires { Codec<T>::kind; }) return Codec<T>::kind;
    if constexpr (coded<T>) return ContentKind::any;
    if constexpr (std::same_as<T, bool>) return ContentKind::boolean;
    if constexpr (integer<T>) return ContentKind::integer;
    if constexpr (floating<T>) return ContentKind::floating;
    if constexpr (text<T>) return ContentKind::text;
    if constexpr (binary<T>) return ContentKind::binary;
    if constexpr (map<T>) return ContentKind::map;
    if constexpr (list<T> || fixed<T>) return ContentKind::list;
    return ContentKind::any;
}

[[nodiscard]] inline ContentKind kind_of(PayloadView content) noexcept {
    if (content.is_null()) return ContentKind::null;
    if (content.is_boolean()) return ContentKind::boolean;
    if (content.is_integer()) return ContentKind::integer;
    if (content.is_float()) return ContentKind::floating;
    if (content.is_text()) return ContentKind::text;
    if (content.is_binary()) return ContentKind::binary;
    return content.is_list() ? ContentKind::list : ContentKind::map;
}

}  // namespace detail

/// Null: what a std::variant is that may be nothing.
template <>
struct Codec<std::monostate> {
    static constexpr auto kind = ContentKind::null;
    static void encode(std::monostate, PayloadWriter& writer) { writer.write(nullptr); }
    static void decode_into(std::monostate&, PayloadReader& reader) {
        if (!reader.is_null()) reader.refuse("null");
        reader.skip();
    }
};

/// Content of several kinds: null, boolean, integer, float, text, binary, list and map, one
/// alternative for each at most. An integer is also taken as a float where there is no alternative
/// for integers, a whole float as an integer where there is none for floats, and Payload takes what
/// none of the others does.
template <class... Alternatives>
struct Codec<std::variant<Alternatives...>> {
    using Variant = std::variant<Alternatives...>;
    static constexpr bool has_located_errors = true;

    static void encode(const Variant& content, PayloadWriter& writer) {
        std::visit([&writer](const auto& held) { writer.write(held); }, content);
    }
    static void decode_into(Variant& content, PayloadReader& reader) {
        const std::size_t wanted = alternative(reader);
        std::size_t i = 0;
        ((i++ == wanted ? take<Alternatives>(content, reader) : void()), ...);
    }
    template <class... Within>
    static consteval bool is_borrowed() {
        return (detail::borrowed<Alternatives, Within...>() || ...);
    }

private:
    static constexpr std::array kinds{detail::kind_of<Alternatives>()...};

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
    static void take(Variant& content, PayloadReader& reader) {
        content = reader.read<T>();
    }

    static std::size_t alternative(const PayloadReader& reader) {
        const ContentKind kind = detail::kind_of(reader.view());
        if (const std::size_t i = find(kind); i < kinds.size()) return i;
        if (kind == ContentKind::integer && find(ContentKind::floating) < kinds.size()) {
            return find(ContentKind::floating);
        }
        if (kind == ContentKind::floating && find(ContentKind::integer) < kinds.size()) {
            return find(ContentKind::integer);
        }
        if (const std::size_t i = find(ContentKind::any); i < kinds.size()) return i;
        std::string expected;
        for (const ContentKind each : kinds) {
            if (!expected.empty()) expected += " or ";
            expected += detail::kind_names[static_cast<std::size_t>(each)];
        }
        reader.refuse(expected);
    }

    static constexpr std::size_t find(ContentKind kind) noexcept {
        std::size_t i = 0;
        while (i < kinds.size() && kinds[i] != kind) ++i;
        return i;
    }
};

}  // namespace eventail
