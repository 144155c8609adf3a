// PayloadWriter: encodes a Value, and the calls of codecs, in one pass into a buffer. This is the
// hot path.
#include "payload/cbor_head.hpp"
#include "payload/cbor_scan.hpp"
#include "payload/cbor_utf8.hpp"
#include "payload/encoding_target.hpp"
#include <eventail/payload.hpp>

#include <algorithm>
#include <bit>

namespace eventail {

namespace cbor = payload::cbor;

namespace {

std::string where(std::string_view key) {
    if (key.empty() || !payload::is_utf8(key)) return "payload";
    return "payload, at or after key \"" + std::string(key.substr(0, 80)) + '"';
}

}  // namespace

std::size_t detail::EncodingTarget::encode(const Value& content, wire::Buffer& buffer,
                                           const PayloadLimits& limits) {
    EncodingTarget encoding{buffer, buffer.size(), limits.max_bytes};
    PayloadWriter writer(encoding, limits.max_depth);
    try {
        writer.write_value(content);
    } catch (...) {
        buffer.resize(encoding.start);
        throw;
    }
    buffer.grow(writer.unseen());
    return writer.deepest_;
}

PayloadWriter::PayloadWriter(detail::EncodingTarget& target, std::size_t max_depth) noexcept
    : target_(target), max_depth_(std::min(max_depth, cbor::max_supported_depth)) {
    use_buffer();
}

void PayloadWriter::use_buffer() noexcept {
    wire::Buffer& buffer = target_.buffer;
    const std::size_t allowed = target_.max_bytes - (buffer.size() - target_.start);
    cursor_ = buffer.data() + buffer.size();
    end_ = cursor_ + std::min(buffer.capacity() - buffer.size(), allowed);
}

void PayloadWriter::grow(std::size_t size) {
    wire::Buffer& buffer = target_.buffer;
    buffer.grow(unseen());
    const std::size_t max_bytes = target_.max_bytes;
    if (size > max_bytes || buffer.size() - target_.start > max_bytes - size) {
        throw Error(Errc::payload_too_large,
                    where(key_) + ": more than " + std::to_string(max_bytes) + " bytes");
    }
    buffer.ensure_room(size);
    use_buffer();
}

std::size_t PayloadWriter::unseen() const noexcept {
    const wire::Buffer& buffer = target_.buffer;
    return static_cast<std::size_t>(cursor_ - (buffer.data() + buffer.size()));
}

void PayloadWriter::write(Value value) { write_value(value); }

void PayloadWriter::write_value(const Value& value) {
    const auto& content = value.content_;
    switch (value.kind_) {
        case Value::Kind::null: null(); return;
        case Value::Kind::boolean: boolean(content.boolean); return;
        case Value::Kind::signed_integer: integer(content.signed_integer); return;
        case Value::Kind::unsigned_integer: unsigned_integer(content.unsigned_integer); return;
        case Value::Kind::floating: floating(content.floating); return;
        case Value::Kind::text:
            text({static_cast<const char*>(content.pointer), value.extent_.size});
            return;
        case Value::Kind::binary:
            binary({static_cast<const std::byte*>(content.pointer), value.extent_.size});
            return;
        case Value::Kind::map: {
            const std::span fields(static_cast<const Field*>(content.pointer), value.extent_.size);
            begin_map(fields.size());
            for (const Field& field : fields) {
                key(field.key);
                write_value(field.value);
            }
            end();
            return;
        }
        case Value::Kind::list: {
            const std::span items(static_cast<const Value*>(content.pointer), value.extent_.size);
            begin_list(items.size());
            for (const Value& item : items) write_value(item);
            end();
            return;
        }
        case Value::Kind::payload:
            splice(static_cast<const Payload*>(content.pointer)->cbor());
            return;
        case Value::Kind::view: {
            const auto* const at = static_cast<const std::byte*>(content.pointer);
            splice({at, cbor::skip(at)});
            return;
        }
        case Value::Kind::custom: value.extent_.encode(content.pointer, *this); return;
    }
}

void PayloadWriter::begin_list(std::size_t size) { open(cbor::list, size); }

void PayloadWriter::begin_map(std::size_t size) { open(cbor::map, size); }

void PayloadWriter::key(std::string_view name) {
    key_ = name;
    text(name);
}

void PayloadWriter::open(std::uint8_t major, std::size_t size) {
    if (depth_ == max_depth_) {
        throw Error(Errc::too_deep,
                    where(key_) + ": nested more than " + std::to_string(max_depth_) + " deep");
    }
    deepest_ = std::max(deepest_, ++depth_);
    head(major, size);
}

void PayloadWriter::head(std::uint8_t major, std::uint64_t argument) {
    // Measuring costs as much as writing, and is needed only near the end.
    if (static_cast<std::size_t>(end_ - cursor_) < cbor::max_head_bytes) [[unlikely]] {
        static_cast<void>(room(cbor::head_bytes(argument)));
    }
    cursor_ = cbor::put_head(cursor_, major, argument);
}

void PayloadWriter::null() {
    *room(1) = cbor::null_item;
    ++cursor_;
}

void PayloadWriter::boolean(bool value) {
    *room(1) = value ? cbor::true_item : cbor::false_item;
    ++cursor_;
}

void PayloadWriter::integer(std::int64_t number) {
    if (number >= 0) {
        head(cbor::unsigned_integer, static_cast<std::uint64_t>(number));
    } else {
        head(cbor::negative_integer, ~static_cast<std::uint64_t>(number));
    }
}

void PayloadWriter::floating(double number) {
    std::byte* const at = room(9);
    *at = std::byte{cbor::simple << 5 | cbor::double_float};
    cbor::store_big_endian<8>(at + 1, std::bit_cast<std::uint64_t>(number));
    cursor_ += 9;
}

void PayloadWriter::text(std::string_view text) {
    head(cbor::text, text.size());
    std::byte* const at = room(text.size());
    if (!payload::copy_ascii(at, text) && !payload::is_utf8_beyond_ascii(text)) {
        throw Error(Errc::invalid_payload, where(key_) + ": text that is not UTF-8");
    }
    cursor_ += text.size();
}

void PayloadWriter::binary(std::span<const std::byte> bytes) {
    head(cbor::binary, bytes.size());
    append(bytes.data(), bytes.size());
}

void PayloadWriter::splice(std::span<const std::byte> encoded) {
    const cbor::Scan scan = cbor::scan(encoded, max_depth_ - depth_);
    if (scan.refusal != nullptr) {
        throw Error(scan.code, where(key_) + ": spliced content is " + scan.refusal);
    }
    deepest_ = std::max(deepest_, depth_ + scan.depth);
    append(encoded.data(), encoded.size());
}

void PayloadWriter::append(const void* bytes, std::size_t size) {
    if (size == 0) return;
    std::memcpy(room(size), bytes, size);
    cursor_ += size;
}

}  // namespace eventail
