#include "store/request.hpp"

#include <hiredis/hiredis.h>

#include <new>
#include <vector>

namespace eventail::store {

void Request::Free::operator()(std::byte* text) const {
    redisFreeCommand(reinterpret_cast<char*>(text));
}

Request::Request(std::span<const std::string_view> words) {
    std::vector<const char*> starts;
    std::vector<std::size_t> sizes;
    for (const std::string_view word : words) {
        starts.push_back(word.data());
        sizes.push_back(word.size());
    }
    char* text = nullptr;
    const int size =
        redisFormatCommandArgv(&text, static_cast<int>(words.size()), starts.data(), sizes.data());
    if (size < 0) throw std::bad_alloc();
    text_.reset(reinterpret_cast<std::byte*>(text));
    size_ = static_cast<std::size_t>(size);
}

}  // namespace eventail::store
