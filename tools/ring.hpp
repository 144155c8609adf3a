// Between a reader that must never wait and a writer that may: keeps the newest, counts what it had
// to drop. No thread, no lock.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <utility>

namespace eventail::tools {

template <typename T>
class Ring {
public:
    Ring(std::size_t most, std::size_t most_bytes) : most_(most), most_bytes_(most_bytes) {}

    /// Drops the oldest where there is no room.
    void push(T item) {
        bytes_ += item.size_bytes();
        items_.push_back(std::move(item));
        while (items_.size() > most_ || (bytes_ > most_bytes_ && items_.size() > 1)) {
            remove_first();
            ++dropped_;
        }
    }
    std::optional<T> pop() {
        if (items_.empty()) return std::nullopt;
        return remove_first();
    }
    /// How many were dropped since the last call.
    std::uint64_t take_dropped() { return std::exchange(dropped_, 0); }
    std::uint64_t dropped() const { return dropped_; }
    std::size_t size() const { return items_.size(); }

private:
    T remove_first() {
        T item = std::move(items_.front());
        items_.pop_front();
        bytes_ -= item.size_bytes();
        return item;
    }

    std::size_t most_;
    std::size_t most_bytes_;
    std::size_t bytes_ = 0;
    std::deque<T> items_;
    std::uint64_t dropped_ = 0;
};

}  // namespace eventail::tools
