// A command to Redis, as it goes over the wire. hiredis writes it.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

namespace eventail::store {

class Request {
public:
    /// Copies the words: the command and its arguments, any bytes.
    explicit Request(std::span<const std::string_view> words);
    Request(std::initializer_list<std::string_view> words)
        : Request(std::span(words.begin(), words.size())) {}

    [[nodiscard]] std::span<const std::byte> bytes() const { return {text_.get(), size_}; }

private:
    struct Free {
        void operator()(std::byte* text) const;
    };

    std::unique_ptr<std::byte, Free> text_;
    std::size_t size_ = 0;
};

}  // namespace eventail::store
