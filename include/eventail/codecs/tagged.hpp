// Variants of described structs that a key of the map tells apart:
//
//     template <> inline constexpr std::string_view eventail::tag<Card> = "card";
//     template <> inline constexpr std::string_view eventail::tag<Transfer> = "transfer";
//     using Payment = eventail::Tagged<Card, Transfer>;        {"type": "card", "number": "…"}
//     eventail::TaggedBy<"by", Card, Transfer>                 {"by": "transfer", "iban": "…"}
#pragma once

#include <eventail/described.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>
#include <utility>
#include <variant>

namespace eventail {

/// The text by which a T is known among the alternatives of a Tagged. Specialise it.
template <class T>
inline constexpr std::string_view tag{};

namespace detail {

/// Text as a template argument.
template <std::size_t size>
struct TagKey {
    consteval TagKey(const char (&text)[size]) { std::copy_n(text, size, characters); }
    [[nodiscard]] constexpr std::string_view view() const { return {characters, size - 1}; }
    char characters[size];
};

}  // namespace detail

/// A std::variant of described structs, written as a map whose first entry is the tag. Reading
/// takes the entry wherever it stands, and refuses a tag that is not an alternative's.
template <detail::TagKey key, detail::structure... Alternatives>
struct TaggedBy : std::variant<Alternatives...> {
    using Variant = std::variant<Alternatives...>;
    using Variant::Variant;
};

template <detail::structure... Alternatives>
using Tagged = TaggedBy<"type", Alternatives...>;

template <detail::TagKey tag_key, detail::structure... Alternatives>
struct Codec<TaggedBy<tag_key, Alternatives...>> {
    static constexpr auto kind = ContentKind::map;
    using Content = TaggedBy<tag_key, Alternatives...>;

    static_assert((!tag<Alternatives>.empty() && ...),
                  "specialise eventail::tag for each alternative of a Tagged");

    static void encode(const Content& content, PayloadWriter& writer) {
        std::visit(
            [&writer]<class T>(const T& held) {
                using Fields = detail::FieldsOf<T>;
                writer.begin_map(Fields::count + 1);
                writer.key(tag_key.view());
                writer.write(tag<T>);
                Fields::write_entries(held, writer);
                writer.end();
            },
            static_cast<const typename Content::Variant&>(content));
    }
    static void decode_into(Content& content, PayloadReader& reader) {
        const std::size_t wanted = PayloadReader(reader.view().at(tag_key.view())).name(tags);
        std::size_t i = 0;
        ((i++ == wanted ? take<Alternatives>(content, reader) : void()), ...);
    }
    template <class... Within>
    static consteval bool is_borrowed() {
        return (detail::borrowed<Alternatives, Within...>() || ...);
    }

private:
    static constexpr std::array<std::string_view, sizeof...(Alternatives)> tags{
        tag<Alternatives>...};

    template <class T>
    static void take(Content& content, PayloadReader& reader) {
        detail::FieldsOf<T>::read(content.template emplace<T>(), reader, tag_key.view());
    }
};

}  // namespace eventail
