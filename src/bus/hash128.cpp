#include "bus/hash128.hpp"

#include <array>
#include <bit>
#include <cstddef>
#include <cstring>

namespace eventail::bus {
namespace {

constexpr std::uint64_t factor_1 = 0x87C37B91114253D5ULL;
constexpr std::uint64_t factor_2 = 0x4CF5AD432745937FULL;
constexpr std::size_t word_bytes = 8;
constexpr std::size_t block_bytes = 16;

std::uint64_t word_at(const std::byte* at) {
    std::uint64_t word = 0;
    std::memcpy(&word, at, sizeof word);
    if constexpr (std::endian::native == std::endian::big) word = __builtin_bswap64(word);
    return word;
}

std::uint64_t stirred_1(std::uint64_t word) { return std::rotl(word * factor_1, 31) * factor_2; }
std::uint64_t stirred_2(std::uint64_t word) { return std::rotl(word * factor_2, 33) * factor_1; }

std::uint64_t finished(std::uint64_t word) {
    word = (word ^ (word >> 33)) * 0xFF51AFD7ED558CCDULL;
    word = (word ^ (word >> 33)) * 0xC4CEB9FE1A85EC53ULL;
    return word ^ (word >> 33);
}

}  // namespace

Hash128 hash128(wire::Bytes bytes, Hash128 seed) {
    auto [first, second] = seed;
    wire::Bytes rest = bytes;
    for (; rest.size() >= block_bytes; rest = rest.subspan(block_bytes)) {
        first ^= stirred_1(word_at(rest.data()));
        first = (std::rotl(first, 27) + second) * 5 + 0x52DCE729;
        second ^= stirred_2(word_at(rest.data() + word_bytes));
        second = (std::rotl(second, 31) + first) * 5 + 0x38495AB5;
    }
    if (!rest.empty()) {
        // Pads the last block with zeros, which change nothing.
        std::array<std::byte, block_bytes> last{};
        std::memcpy(last.data(), rest.data(), rest.size());
        second ^= stirred_2(word_at(last.data() + word_bytes));
        first ^= stirred_1(word_at(last.data()));
    }
    first ^= bytes.size();
    second ^= bytes.size();
    first += second;
    second += first;
    first = finished(first);
    second = finished(second);
    first += second;
    second += first;
    return {.first = first, .second = second};
}

}  // namespace eventail::bus
