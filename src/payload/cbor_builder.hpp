// Builds plain CBOR from content of unknown size: from JSON, or from CBOR that cannot be read in
// place. The last of several equal keys counts.
#pragma once

#include "wire/buffer.hpp"

#include <cstdint>
#include <string_view>
#include <vector>

namespace eventail::payload::cbor {

class Builder {
public:
    explicit Builder(wire::Buffer& buffer) noexcept : buffer_(buffer) {}

    void begin_list() { open(false); }
    void begin_map() { open(true); }
    /// The key of the next value; the innermost container must be a map.
    void key(std::string_view name);
    /// Closes the innermost container: writes its head and drops superseded entries.
    void end();

    void null();
    void boolean(bool value);
    void integer(bool negative, std::uint64_t argument);
    void floating(double value);
    void text(std::string_view text);
    void binary(std::span<const std::byte> bytes);
    /// Appends an item of plain CBOR as it is.
    void item(std::span<const std::byte> encoded);

    /// Text or binary in pieces: begin_string(), any number of append(), end_string().
    void begin_string();
    void append(std::span<const std::byte> piece) { buffer_.append(piece); }
    void end_string(std::uint8_t major);

    [[nodiscard]] std::size_t depth() const noexcept { return open_.size(); }
    [[nodiscard]] std::size_t deepest() const noexcept { return deepest_; }
    [[nodiscard]] std::size_t size() const noexcept { return buffer_.size(); }

private:
    struct Container {
        bool is_map = false;
        std::size_t start = 0;  // of the byte kept free for its head
        std::uint64_t items = 0;
        std::size_t first_entry = 0;
    };
    struct Entry {
        std::size_t start = 0;  // of the entry's key
        std::size_t end = 0;
    };

    void open(bool is_map);
    void count();
    /// Writes the head of the item that began at `start`, where one byte was kept free for it.
    void put_head_at(std::size_t start, std::uint8_t major, std::uint64_t argument);
    void put_string(std::uint8_t major, std::span<const std::byte> bytes);
    std::uint64_t drop_superseded(const Container& container);
    [[nodiscard]] std::string_view key_of(const Entry& entry) const noexcept;

    wire::Buffer& buffer_;
    std::vector<Container> open_;
    std::vector<Entry> entries_;  // of all open maps
    std::vector<std::size_t> order_;
    std::size_t string_start_ = 0;
    std::size_t deepest_ = 0;
};

}  // namespace eventail::payload::cbor
