// PayloadView: reads the content of a Payload in place, with the names that nlohmann::json uses.
#pragma once

#include <eventail/payload_reader.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>

namespace eventail {

namespace detail {
struct PlainCbor;
inline constexpr std::byte null_content{0xf6};
}  // namespace detail

/// A value somewhere in a Payload; valid as long as a copy of that Payload is alive. Cheap to
/// copy. A question to content of another type throws Error{type_mismatch}. The texts of
/// all errors begin with the path to the value: `caller.tags[3]: expected text, got null`.
class PayloadView {
public:
    class Iterator;
    class Entries;

    /// Null.
    PayloadView() noexcept : PayloadView(&detail::null_content) {}

    [[nodiscard]] bool is_null() const noexcept { return first() == 0xf6; }
    [[nodiscard]] bool is_boolean() const noexcept { return first() == 0xf4 || first() == 0xf5; }
    [[nodiscard]] bool is_number() const noexcept { return is_integer() || is_float(); }
    /// A whole number, negative or not.
    [[nodiscard]] bool is_integer() const noexcept { return major() <= 1; }
    /// A whole number that is not negative.
    [[nodiscard]] bool is_unsigned_integer() const noexcept { return major() == 0; }
    [[nodiscard]] bool is_float() const noexcept { return first() >= 0xf9; }
    [[nodiscard]] bool is_text() const noexcept { return major() == 3; }
    [[nodiscard]] bool is_binary() const noexcept { return major() == 2; }
    [[nodiscard]] bool is_list() const noexcept { return major() == 4; }
    [[nodiscard]] bool is_map() const noexcept { return major() == 5; }

    /// The content as a T: bool, any integer (Error{out_of_range} if it does not fit), float and
    /// double (from integers too), std::string, std::vector and the like, std::array, std::pair and
    /// std::tuple (lists of just that size), maps with text keys, std::optional (empty for null),
    /// std::vector<std::byte>, Payload, described structs and enums (eventail/described.hpp), what
    /// has a Codec; and, without a copy, alive as long as the payload: std::string_view,
    /// std::span<const std::byte>, PayloadView.
    template <class T>
    [[nodiscard]] T get() const;

    /// The value of a key. Throws Error{missing_key} if there is none.
    [[nodiscard]] PayloadView at(std::string_view key) const;
    [[nodiscard]] PayloadView operator[](std::string_view key) const { return at(key); }
    /// An item of a list, from 0. Throws Error{out_of_range} beyond its end.
    [[nodiscard]] PayloadView at(std::size_t index) const;
    [[nodiscard]] PayloadView operator[](std::size_t index) const { return at(index); }
    /// The value of a key, or nothing.
    [[nodiscard]] std::optional<PayloadView> find(std::string_view key) const;
    /// Whether this is a map with that key.
    [[nodiscard]] bool contains(std::string_view key) const noexcept;
    /// The value of a key, or the fallback if there is no such key.
    template <class T>
    [[nodiscard]] T value(std::string_view key, const T& fallback) const;
    [[nodiscard]] std::string value(std::string_view key, const char* fallback) const;

    /// Entries of a map, items of a list; 0 for null, 1 for everything else.
    [[nodiscard]] std::size_t size() const noexcept;
    [[nodiscard]] bool empty() const noexcept { return size() == 0; }

    /// The items of a list.
    [[nodiscard]] Iterator begin() const;
    [[nodiscard]] Iterator end() const;
    /// The entries of a map: `for (auto [key, value] : view.entries())`.
    [[nodiscard]] Entries entries() const;

    /// As an nlohmann tree; needs `#include <eventail/json.hpp>`.
    template <int = 0>
    [[nodiscard]] auto json() const;
    /// One line for people, close to JSON, of about max_bytes at most: what JSON cannot say is
    /// shown as h'00ff' or NaN, control characters are escaped. No interface: it may change.
    [[nodiscard]] std::string dump(std::size_t max_bytes = 4096) const;

    /// The first byte of the value in CBOR.
    [[nodiscard]] const std::byte* data() const noexcept { return at_; }

private:
    friend class Payload;
    friend class PayloadReader;
    friend struct detail::PlainCbor;

    explicit PayloadView(const std::byte* root) noexcept : PayloadView(root, root) {}
    PayloadView(const std::byte* at, const std::byte* root) noexcept : at_(at), root_(root) {}

    [[nodiscard]] unsigned first() const noexcept { return std::to_integer<unsigned>(*at_); }
    [[nodiscard]] unsigned major() const noexcept { return first() >> 5; }

    const std::byte* at_;
    const std::byte* root_;  // what it is part of: the paths in errors begin there
};

/// One line for people; the same as view.dump().
[[nodiscard]] std::string to_text(PayloadView view, std::size_t max_bytes = 4096);

/// Goes over the items of a list.
class PayloadView::Iterator {
public:
    using iterator_category = std::input_iterator_tag;
    using value_type = PayloadView;
    using difference_type = std::ptrdiff_t;
    using pointer = void;
    using reference = PayloadView;

    Iterator() noexcept = default;
    [[nodiscard]] PayloadView operator*() const noexcept { return PayloadView(at_, root_); }
    Iterator& operator++() noexcept;
    Iterator operator++(int) noexcept;
    [[nodiscard]] bool operator==(const Iterator& other) const noexcept {
        return remaining_ == other.remaining_;
    }

private:
    friend class PayloadView;
    Iterator(PayloadView first, std::size_t remaining) noexcept
        : at_(first.at_), root_(first.root_), remaining_(remaining) {}

    const std::byte* at_ = nullptr;
    const std::byte* root_ = nullptr;
    std::size_t remaining_ = 0;
};

/// The entries of a map, in the order in which they were written.
class PayloadView::Entries {
public:
    struct Entry {
        std::string_view key;
        PayloadView value;
    };

    class Iterator {
    public:
        using iterator_category = std::input_iterator_tag;
        using value_type = Entry;
        using difference_type = std::ptrdiff_t;
        using pointer = void;
        using reference = Entry;

        Iterator() noexcept = default;
        [[nodiscard]] Entry operator*() const noexcept;
        Iterator& operator++() noexcept;
        Iterator operator++(int) noexcept;
        [[nodiscard]] bool operator==(const Iterator& other) const noexcept {
            return remaining_ == other.remaining_;
        }

    private:
        friend class Entries;
        Iterator(PayloadView first, std::size_t remaining) noexcept
            : at_(first.at_), root_(first.root_), remaining_(remaining) {}

        const std::byte* at_ = nullptr;
        const std::byte* root_ = nullptr;
        std::size_t remaining_ = 0;
    };

    [[nodiscard]] Iterator begin() const noexcept { return {first_, size_}; }
    [[nodiscard]] Iterator end() const noexcept { return {}; }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }

private:
    friend class PayloadView;
    Entries(PayloadView first, std::size_t size) noexcept : first_(first), size_(size) {}

    PayloadView first_;
    std::size_t size_;
};

inline PayloadReader::PayloadReader(PayloadView content) noexcept
    : at_(content.at_), root_(content.root_) {}

inline PayloadView PayloadReader::view() const noexcept { return {at_, root_}; }

template <class T>
T PayloadReader::read() {
    if constexpr (requires { Codec<T>::decode(view()); }) {
        try {
            T result = Codec<T>::decode(view());
            skip();
            return result;
        } catch (...) {
            detail::rethrow_with_path(view());
        }
    } else {
        static_assert(std::is_default_constructible_v<T>,
                      "a type read from a payload needs a default constructor");
        T result{};
        read(result);
        return result;
    }
}

template <class T>
void PayloadReader::read(T& into) {
    using limits = std::numeric_limits<T>;
    if constexpr (requires { Codec<T>::decode(view()); }) {
        into = read<T>();
    } else if constexpr (requires { Codec<T>::has_located_errors; }) {
        Codec<T>::decode_into(into, *this);
    } else if constexpr (detail::coded<T>) {
        const PayloadView whole = view();
        try {
            Codec<T>::decode_into(into, *this);
        } catch (...) {
            detail::rethrow_with_path(whole);
        }
    } else if constexpr (std::same_as<T, PayloadView> || std::same_as<T, Payload>) {
        into = T(view());
        skip();
    } else if constexpr (std::same_as<T, bool>) {
        into = boolean();
    } else if constexpr (detail::integer<T> && std::signed_integral<T>) {
        into = static_cast<T>(integer(limits::min(), limits::max()));
    } else if constexpr (detail::integer<T>) {
        into = static_cast<T>(unsigned_integer(limits::max()));
    } else if constexpr (detail::floating<T>) {
        into = static_cast<T>(floating());
    } else if constexpr (std::same_as<T, std::string> || std::same_as<T, std::string_view>) {
        into = text();
    } else if constexpr (std::same_as<T, std::span<const std::byte>>) {
        into = binary();
    } else if constexpr (detail::fixed<T> && detail::binary<T>) {
        std::ranges::copy(binary(std::tuple_size_v<T>), into.begin());
    } else if constexpr (detail::fixed<T> && detail::list<T>) {
        begin_list(std::tuple_size_v<T>);
        for (auto& item : into) read(item);
    } else if constexpr (detail::fixed<T>) {
        begin_list(std::tuple_size_v<T>);
        std::apply([this](auto&... items) { (this->read(items), ...); }, into);
    } else if constexpr (detail::binary<T>) {
        const auto bytes = binary();
        into.assign(bytes.begin(), bytes.end());
    } else if constexpr (detail::optional<T>) {
        if (is_null()) {
            into.reset();
            skip();
        } else {
            into = read<typename T::value_type>();
        }
    } else if constexpr (detail::map<T>) {
        into.clear();
        for (std::size_t left = begin_map(); left != 0; --left) {
            typename T::key_type name(key());
            into.emplace(std::move(name), read<typename T::mapped_type>());
        }
    } else if constexpr (detail::list<T>) {
        using Item = typename T::value_type;
        into.clear();
        std::size_t left = begin_list();
        // Bounded: how many there are is what the sender says, what they take is what we pay.
        constexpr std::size_t max_reserved_bytes = 4096;
        if constexpr (requires { into.reserve(left); }) {
            into.reserve(std::min(left, max_reserved_bytes / sizeof(Item)));
        }
        for (; left != 0; --left) {
            if constexpr (requires { into.push_back(read<Item>()); }) {
                into.push_back(read<Item>());
            } else {
                into.insert(read<Item>());
            }
        }
    } else {
        static_assert(detail::list<T>,
                      "content cannot be read as this type: describe it (eventail/described.hpp), "
                      "or specialise eventail::Codec for it; convert __int128 and long double, "
                      "which would lose bits");
    }
}

template <class T>
T PayloadView::get() const {
    return PayloadReader(*this).read<T>();
}

template <class T>
T PayloadView::value(std::string_view key, const T& fallback) const {
    const auto found = find(key);
    return found ? found->template get<T>() : fallback;
}

}  // namespace eventail
