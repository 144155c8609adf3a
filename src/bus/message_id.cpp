#include "bus/message_id.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>

namespace eventail::bus {
namespace {

constexpr std::string_view derived_prefix = "d-";
constexpr std::size_t prefix_digits = 16;  // of a counted id
constexpr std::size_t hash_digits = 32;
constexpr std::size_t word_digits = 16;
constexpr int hexadecimal = 16;

struct HexPairs {
    std::array<std::array<char, 2>, 256> pairs = {};
    constexpr HexPairs() {
        constexpr std::string_view digits = "0123456789abcdef";
        for (std::size_t i = 0; i < pairs.size(); ++i) pairs[i] = {digits[i >> 4], digits[i & 15]};
    }
};
constexpr HexPairs hex;

char* write_hex(char* out, std::uint64_t word) {
    for (int shift = 56; shift >= 0; shift -= 8) {
        out = std::ranges::copy(hex.pairs[(word >> shift) & 0xFF], out).out;
    }
    return out;
}

bool is_hex(std::string_view text) {
    return std::ranges::all_of(text, [](char each) {
        return (each >= '0' && each <= '9') || (each >= 'a' && each <= 'f');
    });
}

bool is_derived(std::string_view id) {
    return id.size() == derived_prefix.size() + hash_digits && id.starts_with(derived_prefix) &&
           is_hex(id.substr(derived_prefix.size()));
}

template <typename Number>
std::optional<Number> number_in(std::string_view text, int base) {
    Number number = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, number, base);
    if (error != std::errc{} || stop != end) return std::nullopt;
    return number;
}

/// Texts one after the other, each with its length, so that different lists never look alike.
class Texts {
public:
    /// Longer texts are refused elsewhere.
    void add(std::string_view text, std::size_t most_bytes = max_short_text_bytes) {
        text = text.substr(0, most_bytes);
        const auto length = static_cast<std::uint16_t>(text.size());
        at_ = std::copy_n(reinterpret_cast<const std::byte*>(&length), sizeof length, at_);
        at_ = std::copy_n(reinterpret_cast<const std::byte*>(text.data()), text.size(), at_);
    }
    void add_number(std::uint8_t number) { *at_++ = static_cast<std::byte>(number); }
    wire::Bytes bytes() const {
        return {bytes_.data(), static_cast<std::size_t>(at_ - bytes_.data())};
    }

private:
    // Eight short texts, a conversation id, their lengths, and flags.
    static constexpr std::size_t all_bytes =
        8 * max_short_text_bytes + max_conversation_id_bytes + 32;
    std::array<std::byte, all_bytes> bytes_;
    std::byte* at_ = bytes_.data();
};

}  // namespace

MessageId::MessageId(std::string_view prefix, std::uint64_t number) : key_(number) {
    char* const digits = std::ranges::copy(prefix, text_.data()).out;
    *digits = '-';
    char* const end = std::to_chars(digits + 1, text_.data() + text_.size(), number).ptr;
    length_ = static_cast<std::size_t>(end - text_.data());
}

MessageId::MessageId(const Hash128& hash)
    : key_(hash.first), length_(derived_prefix.size() + hash_digits) {
    char* const digits = std::ranges::copy(derived_prefix, text_.data()).out;
    write_hex(write_hex(digits, hash.first), hash.second);
}

std::optional<std::uint64_t> key_of(std::string_view message_id, std::string_view prefix) {
    if (is_derived(message_id)) {
        return number_in<std::uint64_t>(message_id.substr(derived_prefix.size(), word_digits),
                                        hexadecimal);
    }
    const bool is_counted = message_id.size() > prefix.size() + 1 &&
                            message_id.starts_with(prefix) && message_id[prefix.size()] == '-';
    if (!is_counted) return std::nullopt;
    return number_in<std::uint64_t>(message_id.substr(prefix.size() + 1), 10);
}

bool is_ours(std::string_view message_id) {
    if (is_derived(message_id)) return true;
    return message_id.size() > prefix_digits + 1 && message_id[prefix_digits] == '-' &&
           is_hex(message_id.substr(0, prefix_digits)) &&
           number_in<std::uint64_t>(message_id.substr(prefix_digits + 1), 10).has_value();
}

bool IdDerivation::is_possible() {
    if (!is_possible_) is_possible_ = is_ours(origin_.message_id);
    return *is_possible_;
}

Hash128 IdDerivation::hash_of(const Outgoing& message, wire::Bytes content) const {
    Texts texts;
    texts.add(origin_.message_id);
    texts.add(origin_.queue);
    texts.add(message.name);
    texts.add(message.conversation_id, max_conversation_id_bytes);
    texts.add(message.correlation_id);
    texts.add(message.reply_to);
    texts.add(message.content_type);
    texts.add(message.app_id);
    texts.add_number(static_cast<std::uint8_t>(message.kind));
    texts.add_number(static_cast<std::uint8_t>((message.is_success ? 4 : 0) |
                                               (message.is_mandatory ? 2 : 0) |
                                               (message.is_persistent ? 1 : 0)));
    return hash128(content, hash128(texts.bytes()));
}

MessageId IdDerivation::next_id(const Hash128& hash) const {
    const std::uint64_t count = count_of(hash);
    if (count == 0) return MessageId(hash);
    return MessageId(hash128(std::as_bytes(std::span(&count, 1)), hash));
}

std::uint64_t IdDerivation::count_of(const Hash128& hash) const {
    for (std::size_t i = 0; i < first_count_; ++i) {
        if (first_[i].hash == hash) return first_[i].count;
    }
    const auto found = more_.find(hash);
    return found == more_.end() ? 0 : found->second;
}

void IdDerivation::prepare_count(const Hash128& hash) {
    const auto first = std::span(first_).first(first_count_);
    if (std::ranges::find(first, hash, &Published::hash) != first.end()) return;
    if (first_count_ == first_.size()) more_.try_emplace(hash, 0);
}

void IdDerivation::count(const Hash128& hash) noexcept {
    for (std::size_t i = 0; i < first_count_; ++i) {
        if (first_[i].hash != hash) continue;
        ++first_[i].count;
        return;
    }
    if (first_count_ < first_.size()) {
        first_[first_count_++] = {.hash = hash, .count = 1};
    } else {
        ++more_.find(hash)->second;
    }
}

}  // namespace eventail::bus
