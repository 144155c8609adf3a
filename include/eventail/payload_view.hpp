// PayloadView: reads the content of a Payload in place, with the names that nlohmann::json uses.
#pragma once

#include <eventail/codec.hpp>

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace eventail {

namespace bus {
struct PlainCbor;
}

/// A value somewhere in a Payload; valid as long as a copy of that Payload is alive. Cheap to
/// copy. Whatever is asked of content of another type throws Error{type_mismatch}.
class PayloadView {
public:
    class Iterator;
    class Items;

    [[nodiscard]] bool is_null() const noexcept { return first() == 0xf6; }
    [[nodiscard]] bool is_boolean() const noexcept { return first() == 0xf4 || first() == 0xf5; }
    [[nodiscard]] bool is_number() const noexcept {
        return is_number_integer() || is_number_float();
    }
    /// A whole number, negative or not.
    [[nodiscard]] bool is_number_integer() const noexcept { return major() <= 1; }
    /// A whole number that is not negative.
    [[nodiscard]] bool is_number_unsigned() const noexcept { return major() == 0; }
    [[nodiscard]] bool is_number_float() const noexcept { return first() >= 0xf9; }
    [[nodiscard]] bool is_string() const noexcept { return major() == 3; }
    [[nodiscard]] bool is_binary() const noexcept { return major() == 2; }
    [[nodiscard]] bool is_array() const noexcept { return major() == 4; }
    [[nodiscard]] bool is_object() const noexcept { return major() == 5; }

    /// The content as a T: bool, any integer (Error{out_of_range} if it does not fit), float and
    /// double (from integers too), std::string, std::vector, maps with text keys, std::optional
    /// (empty for null), std::vector<std::byte>, Payload, what has a Codec; and, without a copy,
    /// alive as long as the payload: std::string_view, std::span<const std::byte>.
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
    /// The entries of a map: `for (auto [key, value] : view.items())`.
    [[nodiscard]] Items items() const;

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
    friend struct bus::PlainCbor;

    explicit PayloadView(const std::byte* at, const std::byte* key = nullptr) noexcept
        : at_(at), key_(key) {}

    [[nodiscard]] unsigned first() const noexcept { return std::to_integer<unsigned>(*at_); }
    [[nodiscard]] unsigned major() const noexcept { return first() >> 5; }

    [[nodiscard]] bool as_boolean() const;
    [[nodiscard]] std::int64_t as_signed(std::int64_t min, std::int64_t max) const;
    [[nodiscard]] std::uint64_t as_unsigned(std::uint64_t max) const;
    [[nodiscard]] double as_double() const;
    [[nodiscard]] std::string_view as_text() const;
    [[nodiscard]] std::span<const std::byte> as_binary() const;
    [[noreturn]] void refuse(const char* wanted) const;

    const std::byte* at_;
    const std::byte* key_;  // where it was found, so that errors can name it
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
    [[nodiscard]] PayloadView operator*() const noexcept { return PayloadView(at_); }
    Iterator& operator++() noexcept;
    Iterator operator++(int) noexcept;
    [[nodiscard]] bool operator==(const Iterator& other) const noexcept {
        return remaining_ == other.remaining_;
    }

private:
    friend class PayloadView;
    Iterator(const std::byte* at, std::size_t remaining) noexcept
        : at_(at), remaining_(remaining) {}

    const std::byte* at_ = nullptr;
    std::size_t remaining_ = 0;
};

/// The entries of a map, in the order in which they were written.
class PayloadView::Items {
public:
    struct Item {
        std::string_view key;
        PayloadView value;
    };

    class Iterator {
    public:
        using iterator_category = std::input_iterator_tag;
        using value_type = Item;
        using difference_type = std::ptrdiff_t;
        using pointer = void;
        using reference = Item;

        Iterator() noexcept = default;
        [[nodiscard]] Item operator*() const noexcept;
        Iterator& operator++() noexcept;
        Iterator operator++(int) noexcept;
        [[nodiscard]] bool operator==(const Iterator& other) const noexcept {
            return remaining_ == other.remaining_;
        }

    private:
        friend class Items;
        Iterator(const std::byte* at, std::size_t remaining) noexcept
            : at_(at), remaining_(remaining) {}

        const std::byte* at_ = nullptr;
        std::size_t remaining_ = 0;
    };

    [[nodiscard]] Iterator begin() const noexcept { return {first_, size_}; }
    [[nodiscard]] Iterator end() const noexcept { return {nullptr, 0}; }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }

private:
    friend class PayloadView;
    Items(const std::byte* first, std::size_t size) noexcept : first_(first), size_(size) {}

    const std::byte* first_;
    std::size_t size_;
};

template <class T>
T PayloadView::get() const {
    using limits = std::numeric_limits<T>;
    if constexpr (shapes::coded<T>) {
        return Codec<T>::decode(*this);
    } else if constexpr (std::same_as<T, PayloadView>) {
        return *this;
    } else if constexpr (std::same_as<T, Payload>) {
        return T(*this);
    } else if constexpr (std::same_as<T, bool>) {
        return as_boolean();
    } else if constexpr (shapes::integer<T> && std::signed_integral<T>) {
        return static_cast<T>(as_signed(limits::min(), limits::max()));
    } else if constexpr (shapes::integer<T>) {
        return static_cast<T>(as_unsigned(limits::max()));
    } else if constexpr (std::floating_point<T>) {
        return static_cast<T>(as_double());
    } else if constexpr (std::same_as<T, std::string> || std::same_as<T, std::string_view>) {
        return T(as_text());
    } else if constexpr (std::same_as<T, std::span<const std::byte>>) {
        return as_binary();
    } else if constexpr (shapes::binary<T>) {
        const auto bytes = as_binary();
        return T(bytes.begin(), bytes.end());
    } else if constexpr (shapes::map<T>) {
        T result;
        for (const auto& [key, item] : items()) {
            result.emplace(key, item.template get<typename T::mapped_type>());
        }
        return result;
    } else if constexpr (shapes::optional<T>) {
        return is_null() ? T() : T(get<typename T::value_type>());
    } else {
        static_assert(shapes::list<T>, "no content of a payload can be read as this type");
        T result;
        for (const PayloadView item : *this) {
            result.push_back(item.template get<typename T::value_type>());
        }
        return result;
    }
}

template <class T>
T PayloadView::value(std::string_view key, const T& fallback) const {
    const auto found = find(key);
    return found ? found->template get<T>() : fallback;
}

}  // namespace eventail
