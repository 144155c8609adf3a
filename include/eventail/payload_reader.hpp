// PayloadReader: takes the content of a payload item by item, in one pass and without looking
// anything up.
#pragma once

#include <eventail/payload_writer.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

namespace eventail {

/// Stands before one item of a payload; each call takes that item and goes on to the next. After
/// begin_list() come its items, after begin_map() its entries, each a key and a value. Never go
/// beyond them. Unexpected content throws Error (type_mismatch, out_of_range, missing_key,
/// unknown_key), and its text begins with the path to the item: `caller.tags[3]: …`.
class PayloadReader {
public:
    explicit PayloadReader(PayloadView content) noexcept;

    /// The item that comes next.
    [[nodiscard]] PayloadView view() const noexcept;
    void skip() noexcept;

    /// The next item as a T: all that PayloadView::get() knows.
    template <class T>
    [[nodiscard]] T read();
    template <class T>
    void read(T& into);

    /// @return how many items follow
    std::size_t begin_list();
    /// The same where they must be `size`.
    void begin_list(std::size_t size);
    /// @return how many entries follow
    std::size_t begin_map();
    [[nodiscard]] std::string_view key() noexcept;
    /// Takes the key if it is this one.
    template <std::size_t name_bytes>
    [[nodiscard]] bool take_key(const detail::EncodedKey<name_bytes>& expected) noexcept {
        // A head that is the same is followed by text of the same length: no end to look out for.
        if (std::to_integer<char>(*at_) != *expected.data()) return false;
        constexpr std::size_t size = detail::EncodedKey<name_bytes>::size();
        if constexpr (size - name_bytes == 2) {
            if (std::to_integer<char>(at_[1]) != expected.data()[1]) return false;
        }
        if (std::memcmp(at_, expected.data(), size) != 0) return false;
        at_ += size;
        return true;
    }
    /// Takes a key. @return which of the names it is, looked for from `first_guess` on; their
    /// number, if it is none of them
    [[nodiscard]] std::size_t key(std::span<const std::string_view> names,
                                  std::size_t first_guess) noexcept;
    /// Takes text. @return which of the names it is; throws if none
    [[nodiscard]] std::size_t name(std::span<const std::string_view> names);

    [[nodiscard]] bool is_null() const noexcept { return *at_ == std::byte{0xf6}; }
    bool boolean();
    std::int64_t integer(std::int64_t min, std::int64_t max);
    std::uint64_t unsigned_integer(std::uint64_t max);
    double floating();
    std::string_view text();
    std::span<const std::byte> binary();
    /// The same where they must be `size` bytes.
    std::span<const std::byte> binary(std::size_t size);

    [[noreturn]] void refuse(std::string_view expected) const;

private:
    const std::byte* at_;
    const std::byte* root_;  // what paths begin at
};

namespace detail {

/// Throws the error of a map that lacks a key, or has one that it should not.
[[noreturn]] void refuse_missing(PayloadView map, std::string_view key);
[[noreturn]] void refuse_unknown(PayloadView map, std::string_view key);

/// Throws the exception that is being handled. Where a codec threw it, without saying where in the
/// content, it becomes an Error whose text begins with the path to `content`.
[[noreturn]] void rethrow_with_path(PayloadView content);

}  // namespace detail

}  // namespace eventail
