// See the header. Refuses what nlohmann's parser accepts but the bus does not: integers beyond 64
// bits (which it turns into floats), a NUL byte (which it takes for the end), excessive nesting and
// size.
#include "payload/json_reader.hpp"

#include "payload/cbor_head.hpp"

#include <nlohmann/json.hpp>

#include <cstring>
#include <iterator>

namespace eventail::payload {
namespace {

/// Iterates over the text and knows how far it has come: the parser's events carry no position.
class Position {
public:
    using iterator_category = std::forward_iterator_tag;
    using value_type = char;
    using difference_type = std::ptrdiff_t;
    using pointer = const char*;
    using reference = const char&;

    Position(const char* at, const char*& reached) noexcept : at_(at), reached_(&reached) {}

    reference operator*() const noexcept { return *at_; }
    Position& operator++() noexcept {
        *reached_ = ++at_;
        return *this;
    }
    Position operator++(int) noexcept {
        const Position before = *this;
        ++*this;
        return before;
    }
    bool operator==(const Position& other) const noexcept { return at_ == other.at_; }

private:
    const char* at_;
    const char** reached_;
};

std::string reason_of(const nlohmann::json::exception& error) {
    // "[json.exception.parse_error.101] parse error at …: why; last read: '…'". The last part
    // repeats a peer's text.
    std::string reason = error.what();
    reason.erase(0, reason.find("] ") + 2);
    return reason.substr(0, reason.find("; last read"));
}

/// Receives the parser's events; the names are nlohmann's.
class Transcoder {
public:
    Transcoder(std::string_view text, const char*& reached, cbor::Builder& builder,
               const PayloadLimits& limits) noexcept
        : begin_(text.data()),
          text_bytes_(text.size()),
          reached_(reached),
          builder_(builder),
          max_depth_(std::min(limits.max_depth, cbor::max_supported_depth)),
          max_bytes_(limits.max_bytes) {}

    std::optional<DecodeError> error;

    bool null() {
        builder_.null();
        return fits();
    }
    bool boolean(bool value) {
        builder_.boolean(value);
        return fits();
    }
    bool number_integer(std::int64_t number) {
        const auto bits = static_cast<std::uint64_t>(number);
        builder_.integer(number < 0, number < 0 ? ~bits : bits);
        return fits();
    }
    bool number_unsigned(std::uint64_t number) {
        builder_.integer(false, number);
        return fits();
    }
    bool number_float(double number, const std::string& text) {
        if (text.find_first_of(".eE") == std::string::npos) {
            return refuse(Errc::invalid_payload, "an integer beyond 64 bits");
        }
        builder_.floating(number);
        return fits();
    }
    bool string(const std::string& text) {
        builder_.text(text);
        return fits();
    }
    bool binary(const std::vector<std::uint8_t>& /*bytes*/) { return false; }
    bool start_object(std::size_t /*size*/) {
        if (too_deep()) return false;
        builder_.begin_map();
        return fits();
    }
    bool key(const std::string& name) {
        builder_.key(name);
        return fits();
    }
    bool end_object() {
        builder_.end();
        return fits();
    }
    bool start_array(std::size_t /*size*/) {
        if (too_deep()) return false;
        builder_.begin_list();
        return fits();
    }
    bool end_array() {
        builder_.end();
        return fits();
    }
    bool parse_error(std::size_t /*position*/, const std::string& /*token*/,
                     const nlohmann::json::exception& exception) {
        if (const auto word = word_of_python(); !word.empty()) {
            return refuse(Errc::invalid_payload,
                          std::string(word) +
                              ", which JSON cannot hold (Python writes it by default: "
                              "allow_nan=False)");
        }
        return refuse(Errc::invalid_payload, reason_of(exception));
    }

private:
    bool refuse(Errc code, std::string reason) {
        error = DecodeError{code, static_cast<std::size_t>(reached_ - begin_), std::move(reason)};
        return false;
    }
    /// The number at which the parser stopped because JSON lacks it (NaN, Infinity), or nothing.
    [[nodiscard]] std::string_view word_of_python() const {
        // The parser stops at the first wrong letter: the word begins one or two letters before.
        const std::string_view all(begin_, text_bytes_);
        const auto reached = static_cast<std::size_t>(reached_ - begin_);
        for (const std::string_view word : {"-Infinity", "NaN", "Infinity"}) {
            for (std::size_t back = 0; back <= 2 && back <= reached; ++back) {
                if (all.substr(reached - back).starts_with(word)) return word;
            }
        }
        return {};
    }
    bool too_deep() {
        return builder_.depth() == max_depth_ && !refuse(Errc::too_deep, "nested too deeply");
    }
    bool fits() {
        return builder_.size() <= max_bytes_ ||
               refuse(Errc::payload_too_large,
                      "more than " + std::to_string(max_bytes_) + " bytes as CBOR");
    }

    const char* begin_;
    std::size_t text_bytes_;
    const char*& reached_;
    cbor::Builder& builder_;
    std::size_t max_depth_;
    std::size_t max_bytes_;
};

}  // namespace

std::optional<DecodeError> read_json(std::string_view text, cbor::Builder& builder,
                                     const PayloadLimits& limits) {
    if (const std::size_t nul = text.find('\0'); nul != std::string_view::npos) {
        return DecodeError{Errc::invalid_payload, nul, "a NUL byte"};
    }
    const char* reached = text.data();
    Transcoder transcoder(text, reached, builder, limits);
    nlohmann::json::sax_parse(Position(text.data(), reached),
                              Position(text.data() + text.size(), reached), &transcoder);
    return std::move(transcoder.error);
}

}  // namespace eventail::payload
