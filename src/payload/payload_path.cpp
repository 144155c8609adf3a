#include "payload/payload_path.hpp"

#include "payload/cbor_head.hpp"
#include "payload/payload_block.hpp"
#include "payload/payload_text.hpp"

#include <algorithm>
#include <vector>

namespace eventail::payload {
namespace {

constexpr std::size_t max_path_bytes = 240;

/// A list or map on the way.
struct Level {
    bool is_map = false;
    std::uint64_t taken = 0;  // items, or entries
    std::uint64_t size = 0;
    const std::byte* key = nullptr;  // whose value comes next; null: a key comes next
};

bool is_name(std::string_view key) noexcept {
    return !key.empty() && key.size() <= 80 && std::ranges::all_of(key, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_' || c == '-';
    });
}

void append_key(std::string& path, std::string_view key) {
    if (!is_name(key)) {
        path += '[' + quoted(key) + ']';
        return;
    }
    if (!path.empty()) path += '.';
    path += key;
}

/// Walks from item to item, in and out of lists and maps, until it reaches `item`.
std::vector<Level> levels_around(const std::byte* at, const std::byte* item) {
    std::vector<Level> levels;
    while (at != item) {
        const cbor::Head head = cbor::read_head(at);
        if (!levels.empty() && levels.back().is_map && levels.back().key == nullptr) {
            levels.back().key = at;
            at = head.end + head.argument;
            continue;
        }
        at = head.end;
        if (head.major == cbor::list || head.major == cbor::map) {
            levels.push_back({.is_map = head.major == cbor::map, .size = head.argument});
        } else {
            if (head.major == cbor::text || head.major == cbor::binary) at += head.argument;
            if (!levels.empty()) ++levels.back().taken;
            if (!levels.empty()) levels.back().key = nullptr;
        }
        while (!levels.empty() && levels.back().taken == levels.back().size) {
            levels.pop_back();
            if (!levels.empty()) ++levels.back().taken;
            if (!levels.empty()) levels.back().key = nullptr;
        }
    }
    return levels;
}

std::string steps_to(const std::byte* root, const std::byte* item) {
    std::string path;
    for (const Level& level : levels_around(root, item)) {
        if (path.size() > max_path_bytes) return path + "…";
        if (!level.is_map) {
            path += '[' + std::to_string(level.taken) + ']';
        } else {
            const std::byte* const key = level.key != nullptr ? level.key : item;
            append_key(path, cbor::text_at(cbor::read_head(key)));
        }
    }
    return path;
}

}  // namespace

std::string path_of(const std::byte* root, const std::byte* item) {
    const std::string path = steps_to(root, item);
    return path.empty() ? "payload" : path;
}

std::string path_of(const std::byte* root, const std::byte* map, std::string_view key) {
    std::string path = steps_to(root, map);
    append_key(path, key);
    return path;
}

std::string in_words(const std::byte* item) {
    const cbor::Head head = cbor::read_head(item);
    const std::string size = std::to_string(head.argument);
    switch (head.major) {
        case cbor::unsigned_integer: return "the integer " + size;
        case cbor::negative_integer:
            return "the integer " + std::to_string(~static_cast<std::int64_t>(head.argument));
        case cbor::binary: return "binary of " + size + " bytes";
        case cbor::text: return "text " + quoted(cbor::text_at(head));
        case cbor::list: return "a list of " + size;
        case cbor::map: return "a map of " + size;
        default: break;
    }
    if (head.info >= cbor::half_float) return "the float " + to_text(detail::PlainCbor::view(item));
    return to_text(detail::PlainCbor::view(item));
}

}  // namespace eventail::payload
