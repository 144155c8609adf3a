// PayloadWriter: encodes content as CBOR, item by item, straight into a buffer of the library.
#pragma once

#include <eventail/codec.hpp>

#include <array>
#include <cstring>

namespace eventail {

struct PayloadLimits;

namespace detail {

struct EncodingTarget;

/// A key of a map in CBOR, encoded when the program is compiled.
template <std::size_t name_bytes>
class EncodedKey {
public:
    static_assert(name_bytes < 256, "a name has at most 255 bytes");

    consteval explicit EncodedKey(std::string_view name) noexcept {
        if (name_bytes < 24) {
            bytes_[0] = static_cast<char>(0x60 + name_bytes);
        } else {
            bytes_[0] = 0x78;
            bytes_[1] = static_cast<char>(name_bytes);
        }
        for (std::size_t i = 0; i < name_bytes; ++i) bytes_[head_bytes + i] = name[i];
    }

    [[nodiscard]] static constexpr std::size_t size() noexcept { return head_bytes + name_bytes; }
    [[nodiscard]] constexpr const char* data() const noexcept { return bytes_.data(); }
    [[nodiscard]] constexpr std::string_view name() const noexcept {
        return {bytes_.data() + head_bytes, name_bytes};
    }

private:
    static constexpr std::size_t head_bytes = name_bytes < 24 ? 1 : 2;
    std::array<char, head_bytes + name_bytes> bytes_{};
};

}  // namespace detail

/// Appends content in CBOR, as the Python peers encode it: integers in the shortest form, floats
/// in eight bytes, definite lengths. Every call throws Error (invalid_payload: text that is not
/// UTF-8; too_deep, payload_too_large: beyond the limits).
class PayloadWriter {
public:
    PayloadWriter(const PayloadWriter&) = delete;
    PayloadWriter& operator=(const PayloadWriter&) = delete;

    /// Appends one value; what most codecs need.
    void write(Value value);
    /// The same for content whose type is known: nothing has to be told apart as it is written.
    template <class T>
    requires(detail::encodable<T>()) void write(const T& content);

    /// Opens a list. Exactly `size` values must follow, then end().
    void begin_list(std::size_t size);
    /// Opens a map. Exactly `size` times a key and a value must follow, then end().
    void begin_map(std::size_t size);
    /// Appends the key of the value that follows. It must stay alive until the value is written.
    void key(std::string_view name);
    template <std::size_t name_bytes>
    void key(const detail::EncodedKey<name_bytes>& encoded) {
        key_ = encoded.name();
        std::memcpy(room(encoded.size()), encoded.data(), encoded.size());
        cursor_ += encoded.size();
    }
    /// Closes the innermost list or map.
    void end() noexcept { --depth_; }

private:
    friend struct detail::EncodingTarget;

    PayloadWriter(detail::EncodingTarget& target, std::size_t max_depth) noexcept;

    void write_value(const Value& value);
    void null();
    void boolean(bool value);
    void integer(std::int64_t number);
    void unsigned_integer(std::uint64_t number) { head(0, number); }
    void floating(double number);
    void text(std::string_view text);
    void binary(std::span<const std::byte> bytes);
    void splice(std::span<const std::byte> encoded);

    void head(std::uint8_t major, std::uint64_t argument);
    void open(std::uint8_t major, std::size_t size);
    void append(const void* bytes, std::size_t size);
    std::byte* room(std::size_t size) {
        if (static_cast<std::size_t>(end_ - cursor_) < size) [[unlikely]]
            grow(size);
        return cursor_;
    }
    void grow(std::size_t size);
    void use_buffer() noexcept;
    [[nodiscard]] std::size_t unseen() const noexcept;

    std::byte* cursor_ = nullptr;  // where the buffer will go on, once it is updated
    std::byte* end_ = nullptr;     // of the buffer's memory, or of what the limits allow
    detail::EncodingTarget& target_;
    std::size_t max_depth_;
    std::size_t depth_ = 0;
    std::size_t deepest_ = 0;
    std::string_view key_;
};

}  // namespace eventail
