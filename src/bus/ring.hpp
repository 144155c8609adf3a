// A queue in one block of memory, whose size is a power of two: grows when full, never shrinks, and
// allocates nothing once it has grown. Indexes elements by their distance from the front.
#pragma once

#include "base/assert.hpp"

#include <cstddef>
#include <utility>
#include <vector>

namespace eventail::bus {

template <typename T>
class Ring {
public:
    std::size_t size() const { return size_; }
    bool empty() const { return size_ == 0; }
    T& operator[](std::size_t i) {
        EVENTAIL_ASSERT(i < size_, "a ring is asked for what it holds");
        return slots_[(head_ + i) & (capacity_ - 1)];
    }
    const T& operator[](std::size_t i) const { return const_cast<Ring&>(*this)[i]; }
    T& front() { return (*this)[0]; }
    const T& front() const { return (*this)[0]; }
    T& back() { return (*this)[size_ - 1]; }

    void push_back(T value) {
        if (size_ == capacity_) grow();
        ++size_;
        back() = std::move(value);
    }
    void pop_front() {
        front() = T{};
        head_ = (head_ + 1) & (capacity_ - 1);
        --size_;
    }
    void pop_back() {
        back() = T{};
        --size_;
    }
    void clear() {
        while (!empty()) pop_front();
    }

private:
    void grow() {
        std::vector<T> larger(capacity_ == 0 ? 16 : capacity_ * 2);
        for (std::size_t i = 0; i < size_; ++i) larger[i] = std::move((*this)[i]);
        slots_ = std::move(larger);
        capacity_ = slots_.size();
        head_ = 0;
    }

    std::vector<T> slots_;
    std::size_t capacity_ = 0;  // of slots_, at hand
    std::size_t head_ = 0;
    std::size_t size_ = 0;
};

}  // namespace eventail::bus
