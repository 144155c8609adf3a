// The bytes that one connection has still to write: small control frames, which the queue owns, and
// bytes of messages, which it keeps alive and never copies.
#pragma once

#include "wire/buffer.hpp"

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

namespace eventail::amqp {

/// First in, first out; not thread-safe. Frames stay whole as long as callers append whole frames.
/// Allocates nothing once it has grown to its usual size.
class OutputQueue {
public:
    /// Appends the control frames that `encode(wire::Buffer&)` writes. Appends nothing if `encode`
    /// throws.
    template <typename Encode>
    void append_control(Encode&& encode) {
        const std::size_t before = control_.size();
        try {
            encode(control_);
        } catch (...) {
            control_.resize(before);
            throw;
        }
        note_control(control_.size() - before);
    }

    /// Appends bytes in place, and keeps `owner`, which keeps them alive, until they are written.
    /// Bytes that follow the last appended ones in memory, with the same owner, are merged with
    /// them.
    template <typename T>
    void append(const std::shared_ptr<T>& owner, wire::Bytes bytes) {
        if (!extend_last(owner.get(), bytes)) append_chunk(owner, bytes);
    }

    /// Fills `views` with the next bytes to write, in order. They stay valid until the queue
    /// changes. @return the number of filled views.
    std::size_t gather(std::span<wire::Bytes> views) const;

    /// Forgets the first `count` bytes, which have been written.
    void consume(std::size_t count);

    std::size_t size_bytes() const { return size_bytes_; }
    bool empty() const { return size_bytes_ == 0; }
    void clear();

private:
    struct Chunk {
        std::shared_ptr<const void> owner = {};  // none: the next `length` bytes of control_
        const std::byte* bytes = nullptr;
        std::size_t length = 0;
    };

    bool extend_last(const void* owner, wire::Bytes bytes);
    void append_chunk(std::shared_ptr<const void> owner, wire::Bytes bytes);

    void note_control(std::size_t length);
    void drop_written_control();
    void drop_written_chunks();

    std::vector<Chunk> chunks_;
    std::size_t first_chunk_ = 0;  // the chunks before it are written
    wire::Buffer control_;
    std::size_t control_written_ = 0;
    std::size_t size_bytes_ = 0;
};

}  // namespace eventail::amqp
