// Value: the content that a payload is written from. It owns nothing and holds no tree: it points
// at the arguments of the call that it is made for, which encodes them in one pass.
#pragma once

#include <eventail/payload_writer.hpp>

#include <initializer_list>
#include <tuple>

#define EVENTAIL_NAMED_VALUE                                                                      \
    "an eventail::Value only points at what it was made from, and cannot be kept in a variable: " \
    "write the content where it is used, or keep an eventail::Payload"

#if defined(__clang__)
#define EVENTAIL_LIFETIME_BOUND [[clang::lifetimebound]]
#else
#define EVENTAIL_LIFETIME_BOUND
#endif

namespace eventail {

struct Field;

namespace detail {

/// Whether T... in braces are neither an entry of a map nor a copy: `Payload{payload}` is one, and
/// what a codec writes stays as it is.
template <class... T>
inline constexpr bool is_no_entry = sizeof...(T) > 2;
template <class T>
inline constexpr bool is_no_entry<T> = !coded<T> && !std::same_as<T, Payload> &&
                                       !std::same_as<T, std::nullptr_t> && !std::same_as<T, Field>;
template <class Key, class T>
inline constexpr bool is_no_entry<Key, T> = !text<Key>;

}  // namespace detail

/// Content to be written, in a notation close to JSON:
///
///     publish({{"unix_time", now}, {"tags", Value::list({"a", "b"})}, {"at", {{"x", 1}}}});
///
/// Takes null (nullptr), bool, integers, floats, text, binary (anything that is a span of
/// std::byte), std::optional, ranges (lists), pairs and tuples (lists), maps with text keys,
/// Payload and PayloadView, described structs and enums (eventail/described.hpp), and types with a
/// Codec.
/// `{}` is the empty map. Plain `char`, other enums and pointers do not compile.
///
/// A parameter only: it points at its sources, and is valid until the end of the full expression
/// that made it. So every function refuses a named Value; keep a Payload, which owns its content.
/// Nothing is checked before encoding.
class Value {
public:
    /// The empty map.
    Value() noexcept : kind_(Kind::map) {}

    /// A map: `{{"key", value}, …}`. Braces within braces are always a map, never a list.
    Value(std::initializer_list<Field> map EVENTAIL_LIFETIME_BOUND) noexcept;

    template <class T>
    requires(!std::same_as<T, Value>) Value(const T& content EVENTAIL_LIFETIME_BOUND)
    noexcept {
        static_assert(detail::encodable<T>(),
                      "this type cannot be the content of a payload: describe it "
                      "(eventail/described.hpp), or specialise eventail::Codec for it; "
                      "convert __int128 and long double, which would lose bits");
        if constexpr (detail::encodable<T>()) assign(content);
    }

    /// For a function of yours that passes its Value on.
    Value(Value&&) noexcept = default;
    Value(const Value&) = delete;  // it points at its sources: keep a Payload
    Value& operator=(const Value&) = delete;
    /// Does not compile, and says why.
    template <std::same_as<Value> Named>
    Value(Named& /*value*/) noexcept {
        static_assert(!std::same_as<Named, Value>, EVENTAIL_NAMED_VALUE);
    }

    /// A list of values of any types: `Value::list({1, "two", nullptr})`.
    static Value list(std::initializer_list<Value> items EVENTAIL_LIFETIME_BOUND) noexcept;

    /// The Payload that it was made from, or null.
    [[nodiscard]] const Payload* payload() const noexcept {
        return kind_ == Kind::payload ? static_cast<const Payload*>(content_.pointer) : nullptr;
    }

private:
    friend class PayloadWriter;

    enum class Kind : std::uint8_t {
        null,
        boolean,
        signed_integer,
        unsigned_integer,
        floating,
        text,
        binary,
        map,
        list,
        payload,
        view,
        custom,
    };
    using Encode = void (*)(const void* content, PayloadWriter& writer);

    template <class T>
    void assign(const T& content) noexcept;

    void refer(Kind kind, const void* pointer, std::size_t size) noexcept {
        kind_ = kind;
        content_.pointer = pointer;
        extent_.size = size;
    }

    template <class T>
    static void encode(const void* content, PayloadWriter& writer) {
        writer.write(*static_cast<const T*>(content));
    }

    Kind kind_ = Kind::null;
    union {
        bool boolean;
        std::int64_t signed_integer;
        std::uint64_t unsigned_integer;
        double floating;
        const void* pointer;
    } content_ = {};
    union {
        std::size_t size;
        Encode encode;
    } extent_ = {};
};

/// One entry of a map to write.
struct Field {
    template <detail::text Key>
    Field(const Key& name, Value&& content) noexcept : key(name), value(std::move(content)) {}

    /// These do not compile, and say why.
    template <detail::text Key>
    Field(const Key& name, const Value& /*content*/) noexcept : key(name) {
        static_assert(!detail::text<Key>, EVENTAIL_NAMED_VALUE);
    }
    template <class... Others>
    requires detail::is_no_entry<Others...> Field(const Others&... /*others*/)
    noexcept {
        static_assert(sizeof...(Others) == 0,
                      "braces make a map, {{\"key\", value}, ...}, whose keys are text; "
                      "a list is written eventail::Value::list({1, 2, 3})");
    }

    std::string_view key;
    Value value;
};

inline Value::Value(std::initializer_list<Field> map) noexcept {
    refer(Kind::map, std::data(map), map.size());
}

inline Value Value::list(std::initializer_list<Value> items) noexcept {
    Value value;
    value.refer(Kind::list, std::data(items), items.size());
    return value;
}

template <class T>
void Value::assign(const T& content) noexcept {
    if constexpr (detail::coded<T>) {
        refer(Kind::custom, &content, 0);
        extent_.encode = &encode<T>;
    } else if constexpr (std::same_as<T, Payload>) {
        refer(Kind::payload, &content, 0);
    } else if constexpr (std::same_as<T, PayloadView>) {
        refer(Kind::view, content.data(), 0);
    } else if constexpr (std::same_as<T, std::nullptr_t>) {
        kind_ = Kind::null;
    } else if constexpr (std::same_as<T, bool>) {
        kind_ = Kind::boolean;
        content_.boolean = content;
    } else if constexpr (detail::integer<T> && std::signed_integral<T>) {
        kind_ = Kind::signed_integer;
        content_.signed_integer = content;
    } else if constexpr (detail::integer<T>) {
        kind_ = Kind::unsigned_integer;
        content_.unsigned_integer = content;
    } else if constexpr (detail::floating<T>) {
        kind_ = Kind::floating;
        content_.floating = static_cast<double>(content);
    } else if constexpr (detail::text<T>) {
        if constexpr (std::is_pointer_v<T>) {
            if (content == nullptr) return;
        }
        const std::string_view text = content;
        refer(Kind::text, text.data(), text.size());
    } else if constexpr (detail::binary<T>) {
        const std::span<const std::byte> bytes = content;
        refer(Kind::binary, bytes.data(), bytes.size());
    } else if constexpr (detail::optional<T>) {
        if (content.has_value()) assign(*content);
    } else {
        refer(Kind::custom, &content, 0);
        extent_.encode = &encode<T>;
    }
}

template <class T>
requires(detail::encodable<T>()) void PayloadWriter::write(const T& content) {
    if constexpr (detail::coded<T>) {
        Codec<T>::encode(content, *this);
    } else if constexpr (std::same_as<T, Payload> || std::same_as<T, PayloadView>) {
        write(Value(content));
    } else if constexpr (std::same_as<T, std::nullptr_t>) {
        null();
    } else if constexpr (std::same_as<T, bool>) {
        boolean(content);
    } else if constexpr (detail::integer<T> && std::signed_integral<T>) {
        integer(content);
    } else if constexpr (detail::integer<T>) {
        unsigned_integer(content);
    } else if constexpr (detail::floating<T>) {
        floating(static_cast<double>(content));
    } else if constexpr (detail::text<T>) {
        if constexpr (std::is_pointer_v<T>) {
            if (content == nullptr) return null();
        }
        text(content);
    } else if constexpr (detail::binary<T>) {
        binary(content);
    } else if constexpr (detail::optional<T>) {
        if (!content.has_value()) return null();
        write(*content);
    } else if constexpr (detail::map<T>) {
        begin_map(content.size());
        for (const auto& [name, item] : content) {
            key(name);
            write(item);
        }
        end();
    } else if constexpr (detail::list<T>) {
        begin_list(content.size());
        // The items of std::vector<bool> are proxies, neither references nor bool.
        for (auto&& item : content) write(static_cast<const typename T::value_type&>(item));
        end();
    } else {
        begin_list(std::tuple_size_v<T>);
        std::apply([this](const auto&... items) { (this->write(items), ...); }, content);
        end();
    }
}

}  // namespace eventail
