// A growable byte buffer that never zero-fills, and the byte views that the whole layer passes
// around. It owns memory and nothing else: integers and strings are written by Writer.
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>
#include <utility>

namespace eventail::wire {

/// A view of bytes that somebody else owns.
using Bytes = std::span<const std::byte>;

/// Views the characters of a text as bytes.
inline Bytes as_bytes(std::string_view text) {
    return std::as_bytes(std::span(text.data(), text.size()));
}

/// Views bytes as text. Checks nothing: the result need not be UTF-8.
inline std::string_view as_text(Bytes bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Contiguous bytes that grow at the end. Pointers and views into it die when it grows.
class Buffer {
public:
    Buffer() = default;
    explicit Buffer(std::size_t capacity) { reserve(capacity); }
    /// Takes over memory that others no longer need; starts empty.
    Buffer(std::unique_ptr<std::byte[]> memory, std::size_t capacity) noexcept
        : data_(std::move(memory)), capacity_(capacity) {}
    Buffer(Buffer&& other) noexcept
        : data_(std::move(other.data_)),
          size_(std::exchange(other.size_, 0)),
          capacity_(std::exchange(other.capacity_, 0)) {}
    Buffer& operator=(Buffer&& other) noexcept {
        data_ = std::move(other.data_);
        size_ = std::exchange(other.size_, 0);
        capacity_ = std::exchange(other.capacity_, 0);
        return *this;
    }

    std::byte* data() { return data_.get(); }
    const std::byte* data() const { return data_.get(); }
    std::size_t size() const { return size_; }
    std::size_t capacity() const { return capacity_; }
    bool empty() const { return size_ == 0; }
    Bytes view() const { return {data_.get(), size_}; }

    /// Forgets the content and keeps the memory.
    void clear() { size_ = 0; }

    /// Makes room for `capacity` bytes in all.
    void reserve(std::size_t capacity) {
        if (capacity > capacity_) reallocate(capacity);
    }

    /// Makes room for `count` more bytes, and for as many again, so that appending stays cheap.
    void ensure_room(std::size_t count) {
        if (count > capacity_ - size_) make_room(count);
    }

    /// Adds `count` uninitialised bytes and returns where they start.
    std::byte* grow(std::size_t count) {
        ensure_room(count);
        std::byte* start = data_.get() + size_;
        size_ += count;
        return start;
    }

    /// Shrinks, or grows by uninitialised bytes.
    void resize(std::size_t size) {
        if (size > size_) {
            grow(size - size_);
        } else {
            size_ = size;
        }
    }

    /// Adds a copy of `bytes`, which must not lie in this buffer.
    void append(Bytes bytes) {
        if (!bytes.empty()) std::memcpy(grow(bytes.size()), bytes.data(), bytes.size());
    }

    /// Gives the memory away and leaves the buffer empty.
    std::unique_ptr<std::byte[]> release() && {
        size_ = capacity_ = 0;
        return std::move(data_);
    }

private:
    void make_room(std::size_t count);
    void reallocate(std::size_t capacity);

    std::unique_ptr<std::byte[]> data_;
    std::size_t size_ = 0;
    std::size_t capacity_ = 0;
};

}  // namespace eventail::wire
