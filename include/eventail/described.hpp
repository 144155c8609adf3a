// Structs and enums described with Boost.Describe as content of payloads, read and written straight
// from and to the bytes. The only header that includes Boost: include it where structs are wanted.
#pragma once

#include <eventail/variant.hpp>

#include <boost/describe/bases.hpp>
#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>
#include <boost/describe/enumerators.hpp>
#include <boost/describe/members.hpp>
#include <boost/describe/modifiers.hpp>

#include <array>
#include <bitset>
#include <string_view>
#include <type_traits>
#include <utility>

namespace eventail {

/// Whether a map may only have keys that are fields of the described struct T. Otherwise what T
/// does not know is passed over, so that senders may add to their messages:
///
///     template <> inline constexpr bool eventail::is_strict<Order> = true;
template <class T>
inline constexpr bool is_strict = false;

namespace detail {

template <class T>
concept structure = std::is_class_v<T> && boost::describe::has_describe_members<T>::value;

template <class E>
concept enumeration = std::is_enum_v<E> && boost::describe::has_describe_enumerators<E>::value;

/// One field of T: a data member of its own or of a described base.
template <class T, class D>
struct Member {
    using Type = std::remove_cvref_t<decltype(std::declval<T&>().*D::pointer)>;

    static constexpr EncodedKey<std::string_view(D::name).size()> key{D::name};
    static constexpr bool may_be_missing = detail::optional<Type>;

    static void read(PayloadReader& reader, T& into) { reader.read(into.*D::pointer); }
    static void write(const T& from, PayloadWriter& writer) {
        static_assert(detail::encodable<Type>(),
                      "a field of a described struct cannot be written: describe its type too, or "
                      "specialise Codec for it");
        writer.key(key);
        writer.write(from.*D::pointer);
    }
};

/// How a map is read into a T, and a T written as a map.
template <class T, class List>
struct Fields;

template <class T, template <class...> class List, class... D>
struct Fields<T, List<D...>> {
    static constexpr std::size_t count = sizeof...(D);
    static constexpr std::array<std::string_view, count> names{D::name...};

    static void write(const T& from, PayloadWriter& writer) {
        writer.begin_map(count);
        write_entries(from, writer);
        writer.end();
    }
    static void write_entries(const T& from, PayloadWriter& writer) {
        (Member<T, D>::write(from, writer), ...);
    }

    /// `tag` is a key that is not a field, and known all the same.
    static void read(T& into, PayloadReader& reader, std::string_view tag = {}) {
        const PayloadView map = reader.view();
        std::size_t left = reader.begin_map();
        Seen seen;
        // Most maps are in the order of the fields, as those are that we write.
        std::size_t i = 0;
        (take_next<Member<T, D>>(into, reader, left, seen, i++), ...);
        if (left != 0) take_rest(into, reader, left, seen, map, tag);
        if (seen.all()) return;
        for (i = 0; i < count; ++i) {
            if (!seen[i] && !may_be_missing[i]) refuse_missing(map, names[i]);
        }
    }

    template <class... Within>
    static consteval bool is_borrowed() {
        if constexpr ((std::same_as<T, Within> || ...)) {
            return false;
        } else {
            return (detail::borrowed<typename Member<T, D>::Type, T, Within...>() || ...);
        }
    }

private:
    using Seen = std::bitset<count>;
    static constexpr std::array<bool, count> may_be_missing{Member<T, D>::may_be_missing...};

    template <class M>
    static void take_next(T& into, PayloadReader& reader, std::size_t& left, Seen& seen,
                          std::size_t i) {
        if (left == 0 || !reader.take_key(M::key)) return;
        M::read(reader, into);
        seen.set(i);
        --left;
    }

    static void take_rest(T& into, PayloadReader& reader, std::size_t left, Seen& seen,
                          PayloadView map, [[maybe_unused]] std::string_view tag) {
        static constexpr std::array<void (*)(PayloadReader&, T&), count> readers{
            &Member<T, D>::read...};
        for (std::size_t guess = 0; left != 0; --left) {
            const PayloadReader before = reader;
            const std::size_t i = reader.key(names, guess);
            if (i < count) {
                readers[i](reader, into);
                seen.set(i);
                guess = i + 1;
            } else if constexpr (is_strict<T>) {
                const std::string_view unknown = PayloadReader(before).key();
                if (tag.empty() || unknown != tag) refuse_unknown(map, unknown);
                reader.skip();
            } else {
                reader.skip();
            }
        }
    }
};

template <class T>
using FieldsOf =
    Fields<T, boost::describe::describe_members<T, boost::describe::mod_any_access |
                                                       boost::describe::mod_inherited>>;

/// The enumerators of E, by name.
template <class List>
struct Enumerators;

template <template <class...> class List, class... D>
struct Enumerators<List<D...>> {
    static constexpr std::array<std::string_view, sizeof...(D)> names{D::name...};
    static constexpr std::array values{D::value...};
};

template <class E>
using EnumeratorsOf = Enumerators<boost::describe::describe_enumerators<E>>;

}  // namespace detail

/// A described struct is a map: a field for each data member with any access, described bases
/// first. Reading, each must be there, except for std::optional, which may as well be
/// missing or null (written, it is null where it is empty); unknown keys: see is_strict.
template <detail::structure T>
struct Codec<T> {
    static constexpr auto kind = ContentKind::map;
    static constexpr bool has_located_errors = true;

    static void encode(const T& content, PayloadWriter& writer) {
        detail::FieldsOf<T>::write(content, writer);
    }
    static void decode_into(T& content, PayloadReader& reader) {
        detail::FieldsOf<T>::read(content, reader);
    }
    template <class... Within>
    static consteval bool is_borrowed() {
        return detail::FieldsOf<T>::template is_borrowed<Within...>();
    }
};

/// A described enum is text, the name of an enumerator.
template <detail::enumeration E>
struct Codec<E> {
    using Enumerators = detail::EnumeratorsOf<E>;
    static constexpr auto kind = ContentKind::text;
    static constexpr bool has_located_errors = true;

    static void encode(E content, PayloadWriter& writer) {
        for (std::size_t i = 0; i < Enumerators::names.size(); ++i) {
            if (Enumerators::values[i] == content) return writer.write(Enumerators::names[i]);
        }
        throw Error(Errc::invalid_payload,
                    "payload: " + std::to_string(static_cast<long long>(content)) +
                        " is not among the described enumerators");
    }
    static void decode_into(E& content, PayloadReader& reader) {
        content = Enumerators::values[reader.name(Enumerators::names)];
    }
};

}  // namespace eventail
