#include "wire/buffer.hpp"

#include <algorithm>
#include <limits>
#include <stdexcept>

namespace eventail::wire {

namespace {
constexpr std::size_t smallest_capacity_bytes = 64;
}

void Buffer::make_room(std::size_t count) {
    if (count > std::numeric_limits<std::size_t>::max() / 2 - size_) {
        throw std::length_error("a buffer cannot grow by so much");
    }
    reallocate(std::max({size_ + count, 2 * capacity_, smallest_capacity_bytes}));
}

void Buffer::reallocate(std::size_t capacity) {
    auto data = std::make_unique_for_overwrite<std::byte[]>(capacity);
    if (size_ != 0) std::memcpy(data.get(), data_.get(), size_);
    data_ = std::move(data);
    capacity_ = capacity;
}

}  // namespace eventail::wire
