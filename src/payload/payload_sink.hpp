// Where encoded bytes are appended. Sink is a window of memory and a way to ask for more of it, so
// that a message can be encoded straight into an outgoing buffer; ByteBuffer is one that owns its
// memory and leaves new memory uninitialised.
#pragma once

#include "wire/buffer.hpp"

#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <utility>

namespace eventail::bus {

/// A contiguous window [data, data + size) that grows at its end. Bytes written stay in one piece.
class Sink {
public:
    Sink(const Sink&) = delete;
    Sink& operator=(const Sink&) = delete;

    [[nodiscard]] std::byte* data() const noexcept { return begin_; }
    [[nodiscard]] std::size_t size() const noexcept {
        return static_cast<std::size_t>(cursor_ - begin_);
    }
    [[nodiscard]] std::span<const std::byte> bytes() const noexcept { return {begin_, size()}; }

    /// How much fits before it has to grow.
    [[nodiscard]] std::size_t free() const noexcept {
        return static_cast<std::size_t>(end_ - cursor_);
    }
    /// Makes room for `size` more bytes and returns where they go; advance() then takes them in.
    [[nodiscard]] std::byte* room(std::size_t size) {
        if (static_cast<std::size_t>(end_ - cursor_) < size) grow_(*this, size);
        return cursor_;
    }
    void advance(std::size_t size) noexcept { cursor_ += size; }
    /// Forgets what was written beyond `size`.
    void truncate(std::size_t size) noexcept { cursor_ = begin_ + size; }

    void append(std::span<const std::byte> bytes) {
        if (bytes.empty()) return;
        std::memcpy(room(bytes.size()), bytes.data(), bytes.size());
        advance(bytes.size());
    }
    void push_back(std::byte byte) {
        *room(1) = byte;
        advance(1);
    }

protected:
    /// Must leave room for `size` bytes after the cursor, what is written moved along; may throw.
    using Grow = void (*)(Sink& sink, std::size_t size);

    explicit Sink(Grow grow) noexcept : grow_(grow) {}
    ~Sink() = default;

    void use(std::byte* begin, std::size_t written, std::size_t capacity) noexcept {
        begin_ = begin;
        cursor_ = begin + written;
        end_ = begin + capacity;
    }
    [[nodiscard]] std::size_t capacity() const noexcept {
        return static_cast<std::size_t>(end_ - begin_);
    }

private:
    std::byte* begin_ = nullptr;
    std::byte* cursor_ = nullptr;
    std::byte* end_ = nullptr;
    Grow grow_;
};

/// A growing buffer of bytes; movable.
class ByteBuffer : public Sink {
public:
    ByteBuffer() noexcept : Sink(&grow) {}
    explicit ByteBuffer(std::size_t capacity) : ByteBuffer() { reserve(capacity); }
    /// Takes over what is in a buffer of the wire's, and its memory.
    explicit ByteBuffer(wire::Buffer&& other) noexcept : ByteBuffer() {
        const std::size_t size = other.size();
        const std::size_t capacity = other.capacity();
        memory_ = std::move(other).release();
        use(memory_.get(), size, capacity);
    }
    ByteBuffer(ByteBuffer&& other) noexcept : ByteBuffer() { swap(other); }
    ByteBuffer& operator=(ByteBuffer&& other) noexcept {
        ByteBuffer taken(std::move(other));
        swap(taken);
        return *this;
    }
    ~ByteBuffer() = default;

    using Sink::capacity;

    void reserve(std::size_t capacity) {
        if (capacity <= Sink::capacity()) return;
        auto larger = std::make_unique_for_overwrite<std::byte[]>(capacity);
        const std::size_t written = size();
        if (written != 0) std::memcpy(larger.get(), data(), written);
        memory_ = std::move(larger);
        use(memory_.get(), written, capacity);
    }
    void clear() noexcept { truncate(0); }

    /// Gives the memory away for what the wire's buffers take in, and is empty then.
    [[nodiscard]] wire::Buffer release() && noexcept {
        const std::size_t capacity = Sink::capacity();
        use(nullptr, 0, 0);
        return {std::move(memory_), capacity};
    }

private:
    static void grow(Sink& sink, std::size_t size) {
        auto& buffer = static_cast<ByteBuffer&>(sink);
        const std::size_t needed = buffer.size() + size;
        const std::size_t doubled = 2 * buffer.capacity();
        buffer.reserve(needed < doubled ? doubled : needed);
    }
    void swap(ByteBuffer& other) noexcept {
        const std::size_t size = this->size();
        const std::size_t capacity = this->capacity();
        memory_.swap(other.memory_);
        use(memory_.get(), other.size(), other.capacity());
        other.use(other.memory_.get(), size, capacity);
    }

    std::unique_ptr<std::byte[]> memory_;
};

}  // namespace eventail::bus
