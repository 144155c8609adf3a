// See the header. Compares keys by fingerprints on a small stack. A doubt (two equal fingerprints,
// or too many keys) only costs the pass that makes the content plain.
#include "payload/cbor_scan.hpp"

#include "payload/cbor_head.hpp"
#include "payload/cbor_utf8.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace eventail::payload::cbor {
namespace {

constexpr std::size_t max_fingerprints = 128;
constexpr std::uint64_t endless = ~std::uint64_t{0} - 1;  // even, as a map begins with a key

std::uint64_t fingerprint(std::string_view key) noexcept {
    if (key.size() < 8) return short_text(key.data(), key.size()) ^ key.size() << 56;
    std::uint64_t front = 0;
    std::uint64_t back = 0;
    std::memcpy(&front, key.data(), 8);
    std::memcpy(&back, key.data() + key.size() - 8, 8);
    return front ^ (back << 1 | back >> 63) ^ key.size() << 56;
}

/// One bit of 64 for a fingerprint.
std::uint64_t bit_of(std::uint64_t mark) noexcept {
    return std::uint64_t{1} << (mark * 0x9e3779b97f4a7c15 >> 58);
}

class Scanner {
public:
    Scanner(std::span<const std::byte> bytes, std::size_t max_depth) noexcept
        : begin_(bytes.data()),
          at_(begin_),
          end_(begin_ + bytes.size()),
          max_depth_(std::min(max_depth, max_supported_depth)) {}

    Scan run() noexcept {
        levels_[0] = {1, 0, 0, false, false};
        while (item()) {
        }
        if (result_.refusal == nullptr && at_ != end_) {
            item_ = at_;
            refuse("bytes after the end of the value");
        }
        if (result_.refusal != nullptr) {
            result_.offset = static_cast<std::size_t>(item_ - begin_);
        }
        return result_;
    }

private:
    struct Level {
        std::uint64_t remaining;  // items; a map has two for each entry
        std::uint64_t key_bits;   // of the keys so far: one whose bit is not set is new
        std::uint32_t first_fingerprint;
        bool is_map;
        bool is_indefinite;
    };

    bool refuse(const char* reason, Errc code = Errc::invalid_payload) noexcept {
        result_.refusal = reason;
        result_.code = code;
        return false;
    }

    /// Takes one item, of a container only its head. Returns false at the end of the value, or at a
    /// fault.
    bool item() noexcept {
        Level& level = levels_[depth_];
        item_ = at_;
        if (at_ == end_) return refuse("truncated");
        if (take_short_text(level)) return close_finished();
        if (*at_ == break_item) return close_indefinite(level);

        Head head;
        if (!read(head)) return false;
        if (head.major == tag) return take_tag(head);
        const bool is_key = level.is_map && level.remaining % 2 == 0;
        if (is_key && head.major != text) return refuse("a key that is not text");
        if (bignum_ && head.major != binary) return refuse("a bignum that is not a byte string");
        tagged_ = false;

        --level.remaining;
        switch (head.major) {
            case unsigned_integer: break;
            case negative_integer:
                if (head.argument >> 63 != 0) return refuse("an integer below -2^63");
                break;
            case binary:
                if (!(bignum_ ? take_bignum(head) : take_string(head))) return false;
                break;
            case text:
                if (!take_string(head)) return false;
                if (is_key) remember(head);
                break;
            case list:
            case map: return open(head);
            default:
                if (!take_simple(head)) return false;
        }
        return close_finished();
    }

    /// Most items are of this form, keys among them: ASCII text of at most 255 bytes, in one piece.
    bool take_short_text(Level& level) noexcept {
        const unsigned size = std::to_integer<unsigned>(*at_) - (std::uint32_t{text} << 5);
        if (size > 24 || bignum_) return false;
        Head head;
        head.end = at_ + 1;
        head.argument = size;
        if (size == 24) {
            if (left() < 2) return false;
            head.argument = std::to_integer<unsigned>(at_[1]);
            ++head.end;
        }
        if (head.argument > static_cast<std::size_t>(end_ - head.end)) return false;
        if (!is_ascii(text_at(head))) return false;
        tagged_ = false;
        at_ = head.end + head.argument;
        if (level.is_map && level.remaining % 2 == 0) remember(head);
        --level.remaining;
        return true;
    }

    bool read(Head& head) noexcept {
        const auto initial = std::to_integer<unsigned>(*at_);
        head.major = static_cast<std::uint8_t>(initial >> 5);
        head.info = static_cast<std::uint8_t>(initial & 31);
        head.argument = head.info;
        ++at_;
        if (head.info >= 24) {
            if (head.info < 28) {
                if (left() < std::size_t{1} << (head.info - 24)) return refuse("truncated");
                const Head whole = read_head(at_ - 1);
                head.argument = whole.argument;
                at_ = whole.end;
            } else if (head.info != indefinite || head.major < binary || head.major > map) {
                return refuse("reserved additional information");
            } else {
                head.argument = 0;
                result_.plain = false;
            }
        }
        head.end = at_;
        return true;
    }

    bool take_tag(const Head& head) noexcept {
        if (bignum_) return refuse("a bignum that is not a byte string");
        result_.plain = false;
        tagged_ = true;
        bignum_ = head.argument == 2 || head.argument == 3;
        negative_ = head.argument == 3;
        return true;
    }

    bool take_bignum(const Head& head) noexcept {
        bignum_ = false;
        if (head.info == indefinite) return take_chunked_bignum();
        const std::byte* const content = at_;
        if (!take_string(head)) return false;
        std::uint64_t magnitude = 0;
        return bignum_fits(magnitude, negative_, {content, at_}) ||
               refuse("a bignum beyond 64 bits");
    }

    bool take_chunked_bignum() noexcept {
        std::uint64_t magnitude = 0;
        while (at_ != end_ && *at_ != break_item) {
            Head chunk;
            if (!read(chunk)) return false;
            const std::byte* const content = at_;
            if (!take_chunk(chunk, binary)) return false;
            if (!bignum_fits(magnitude, negative_, {content, at_})) {
                return refuse("a bignum beyond 64 bits");
            }
        }
        return take_break();
    }

    /// The content of a text or byte string.
    bool take_string(const Head& head) noexcept {
        if (head.info != indefinite) return take_chunk(head, head.major);
        while (at_ != end_ && *at_ != break_item) {
            Head chunk;
            if (!read(chunk) || !take_chunk(chunk, head.major)) return false;
        }
        return take_break();
    }

    bool take_chunk(const Head& head, std::uint8_t major) noexcept {
        if (head.major != major || head.info == indefinite) {
            return refuse("a chunk of another type than its string");
        }
        if (head.argument > left()) return refuse("truncated");
        at_ += head.argument;
        return major == binary || is_utf8(text_at(head)) || refuse("text that is not UTF-8");
    }

    bool take_break() noexcept {
        if (at_ == end_) return refuse("truncated");
        ++at_;
        return true;
    }

    bool take_simple(const Head& head) noexcept {
        switch (head.info) {
            case 20:
            case 21:
            case 22:
            case half_float:
            case single_float:
            case double_float: return true;
            case 23: return refuse("undefined");
            default: return refuse("an unassigned simple value");
        }
    }

    bool open(const Head& head) noexcept {
        const bool is_map = head.major == map;
        const bool is_indefinite = head.info == indefinite;
        if (depth_ == max_depth_) return refuse("nested too deeply", Errc::too_deep);
        if (head.argument > (is_map ? left() / 2 : left())) return refuse("truncated");
        const std::uint64_t items = is_map ? 2 * head.argument : head.argument;
        levels_[++depth_] = {is_indefinite ? endless : items, 0,
                             static_cast<std::uint32_t>(fingerprints_used_), is_map, is_indefinite};
        result_.depth = std::max(result_.depth, depth_);
        return close_finished();
    }

    bool close_indefinite(const Level& level) noexcept {
        if (!level.is_indefinite || tagged_) return refuse("a break outside");
        if (level.is_map && level.remaining % 2 != 0) return refuse("a key without a value");
        ++at_;
        close();
        return close_finished();
    }

    /// Leaves complete containers; returns false when the whole value is complete.
    bool close_finished() noexcept {
        while (levels_[depth_].remaining == 0) {
            if (depth_ == 0) return false;
            close();
        }
        return true;
    }

    void close() noexcept {
        fingerprints_used_ = levels_[depth_].first_fingerprint;
        --depth_;
    }

    void remember(const Head& key) noexcept {
        if (!result_.plain) return;
        if (fingerprints_used_ == max_fingerprints) {
            result_.plain = false;
            return;
        }
        Level& level = levels_[depth_];
        const std::uint64_t mark = fingerprint(text_at(key));
        const std::uint64_t bit = bit_of(mark);
        if ((level.key_bits & bit) != 0) {
            for (std::size_t i = level.first_fingerprint; i < fingerprints_used_; ++i) {
                if (fingerprints_[i] == mark) result_.plain = false;
            }
        }
        level.key_bits |= bit;
        fingerprints_[fingerprints_used_++] = mark;
    }

    [[nodiscard]] std::size_t left() const noexcept { return static_cast<std::size_t>(end_ - at_); }

    const std::byte* begin_;
    const std::byte* at_;
    const std::byte* end_;
    const std::byte* item_ = nullptr;
    std::size_t max_depth_;
    std::size_t depth_ = 0;
    std::size_t fingerprints_used_ = 0;
    bool tagged_ = false;
    bool bignum_ = false;
    bool negative_ = false;
    Scan result_;
    std::array<std::uint64_t, max_fingerprints> fingerprints_;
    std::array<Level, max_supported_depth + 1> levels_;
};

}  // namespace

Scan scan(std::span<const std::byte> bytes, std::size_t max_depth) noexcept {
    return Scanner(bytes, max_depth).run();
}

bool bignum_fits(std::uint64_t& magnitude, bool negative,
                 std::span<const std::byte> bytes) noexcept {
    for (const std::byte byte : bytes) {
        if (magnitude >> 56 != 0) return false;
        magnitude = magnitude << 8 | std::to_integer<std::uint64_t>(byte);
    }
    return !negative || magnitude >> 63 == 0;
}

}  // namespace eventail::payload::cbor
