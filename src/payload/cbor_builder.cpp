// See the header. Patches in a container's head when it ends: one byte is kept free for it, and its
// content has to move only from 24 items on.
#include "payload/cbor_builder.hpp"

#include "payload/cbor_head.hpp"

#include <algorithm>
#include <bit>

namespace eventail::payload::cbor {

void Builder::open(bool is_map) {
    count();
    open_.push_back({is_map, buffer_.size(), 0, entries_.size()});
    deepest_ = std::max(deepest_, open_.size());
    *buffer_.grow(1) = {};
}

void Builder::key(std::string_view name) {
    entries_.push_back({buffer_.size(), 0});
    put_string(cbor::text, std::as_bytes(std::span(name)));
}

void Builder::end() {
    const Container container = open_.back();
    open_.pop_back();
    std::uint64_t items = container.items;
    if (container.is_map) {
        items = drop_superseded(container);
        entries_.resize(container.first_entry);
    }
    put_head_at(container.start, container.is_map ? cbor::map : cbor::list, items);
}

std::uint64_t Builder::drop_superseded(const Container& container) {
    const auto first = entries_.begin() + static_cast<std::ptrdiff_t>(container.first_entry);
    const auto size = static_cast<std::size_t>(entries_.end() - first);
    if (size < 2) return size;
    for (auto entry = first; entry + 1 != entries_.end(); ++entry) entry->end = (entry + 1)->start;
    entries_.back().end = buffer_.size();

    order_.resize(size);
    for (std::size_t i = 0; i < size; ++i) order_[i] = container.first_entry + i;
    std::sort(order_.begin(), order_.end(), [this](std::size_t a, std::size_t b) {
        const int difference = key_of(entries_[a]).compare(key_of(entries_[b]));
        return difference != 0 ? difference < 0 : a < b;
    });
    bool any = false;
    for (std::size_t i = 0; i + 1 < size; ++i) {
        if (key_of(entries_[order_[i]]) != key_of(entries_[order_[i + 1]])) continue;
        entries_[order_[i]].start = entries_[order_[i]].end;
        any = true;
    }
    if (!any) return size;

    std::byte* const base = buffer_.data();
    std::size_t kept_end = first->start == first->end ? container.start + 1 : first->end;
    std::uint64_t kept = first->start == first->end ? 0 : 1;
    for (auto entry = first + 1; entry != entries_.end(); ++entry) {
        if (entry->start == entry->end) continue;
        const std::size_t length = entry->end - entry->start;
        std::memmove(base + kept_end, base + entry->start, length);
        kept_end += length;
        ++kept;
    }
    buffer_.resize(kept_end);
    return kept;
}

std::string_view Builder::key_of(const Entry& entry) const noexcept {
    return text_at(read_head(buffer_.data() + entry.start));
}

void Builder::null() {
    count();
    *buffer_.grow(1) = null_item;
}

void Builder::boolean(bool value) {
    count();
    *buffer_.grow(1) = value ? true_item : false_item;
}

void Builder::integer(bool negative, std::uint64_t argument) {
    count();
    put_head(buffer_.grow(head_bytes(argument)), negative ? negative_integer : unsigned_integer,
             argument);
}

void Builder::floating(double value) {
    count();
    std::byte* const at = buffer_.grow(9);
    *at = std::byte{simple << 5 | double_float};
    store_big_endian<8>(at + 1, std::bit_cast<std::uint64_t>(value));
}

void Builder::text(std::string_view text) {
    count();
    put_string(cbor::text, std::as_bytes(std::span(text)));
}

void Builder::binary(std::span<const std::byte> bytes) {
    count();
    put_string(cbor::binary, bytes);
}

void Builder::item(std::span<const std::byte> encoded) {
    count();
    buffer_.append(encoded);
}

void Builder::begin_string() {
    count();
    string_start_ = buffer_.size();
    *buffer_.grow(1) = {};
}

void Builder::end_string(std::uint8_t major) {
    put_head_at(string_start_, major, buffer_.size() - string_start_ - 1);
}

void Builder::count() {
    if (!open_.empty()) ++open_.back().items;
}

void Builder::put_head_at(std::size_t start, std::uint8_t major, std::uint64_t argument) {
    const std::size_t more = head_bytes(argument) - 1;
    if (more != 0) {
        const std::size_t content = buffer_.size() - start - 1;
        buffer_.grow(more);
        std::byte* const moved = buffer_.data() + start + 1;
        std::memmove(moved + more, moved, content);
    }
    put_head(buffer_.data() + start, major, argument);
}

void Builder::put_string(std::uint8_t major, std::span<const std::byte> bytes) {
    put_head(buffer_.grow(head_bytes(bytes.size())), major, bytes.size());
    buffer_.append(bytes);
}

}  // namespace eventail::payload::cbor
