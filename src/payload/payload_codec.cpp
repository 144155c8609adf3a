// See the header.
#include "payload/payload_codec.hpp"

#include "payload/cbor_builder.hpp"
#include "payload/cbor_head.hpp"
#include "payload/cbor_plain.hpp"
#include "payload/cbor_scan.hpp"
#include "payload/encoding_target.hpp"
#include "payload/json_reader.hpp"
#include "payload/json_writer.hpp"

#include <algorithm>

namespace eventail::payload {
namespace {

bool is_same_media_type(std::string_view given, std::string_view lower_case) noexcept {
    if (given == lower_case) return true;
    given = given.substr(0, given.find_first_of("; "));
    if (given.size() != lower_case.size()) return false;
    for (std::size_t i = 0; i < given.size(); ++i) {
        const char c = given[i];
        if ((c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c) != lower_case[i]) return false;
    }
    return true;
}

std::string beyond(const PayloadLimits& limits) {
    return "more than " + std::to_string(limits.max_bytes) + " bytes";
}

std::optional<DecodeError> check_cbor(detail::PayloadBlock& block, const PayloadLimits& limits) {
    if (block.original.size() == 0) *block.original.grow(1) = cbor::null_item;
    const cbor::Scan scan = cbor::scan(block.original.view(), limits.max_depth);
    if (scan.refusal != nullptr) return DecodeError{scan.code, scan.offset, scan.refusal};
    block.depth = scan.depth;
    if (scan.plain) return std::nullopt;

    block.plain.reserve(block.original.size());
    cbor::Builder builder(block.plain);
    cbor::make_plain(block.original.data(), builder);
    // The keys only seemed to be duplicates: the original can be read in place after all.
    if (std::ranges::equal(block.plain.view(), block.original.view())) block.plain.clear();
    return std::nullopt;
}

std::optional<DecodeError> check_json(detail::PayloadBlock& block, const PayloadLimits& limits) {
    if (block.original.size() == 0) block.original.append(std::as_bytes(std::span("null", 4)));
    cbor::Builder builder(block.plain);
    const auto bytes = block.original.view();
    auto error =
        read_json({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, builder, limits);
    block.depth = builder.deepest();
    return error;
}

}  // namespace

std::string DecodeError::message() const {
    return "undecodable payload at byte " + std::to_string(offset) + ": " + reason;
}

Decoded decode(std::string_view content_type, std::span<const std::byte> body,
               const PayloadLimits& limits) {
    if (body.size() > limits.max_bytes) {
        return DecodeError{Errc::payload_too_large, limits.max_bytes, beyond(limits)};
    }
    wire::Buffer buffer(body.size());
    buffer.append(body);
    return decode(content_type, std::move(buffer), limits);
}

Decoded decode(std::string_view content_type, wire::Buffer&& body, const PayloadLimits& limits) {
    auto block = std::make_unique<detail::PayloadBlock>();
    block->original = std::move(body);
    return decode(content_type, std::move(block), limits);
}

Decoded decode(std::string_view content_type, std::unique_ptr<detail::PayloadBlock> block,
               const PayloadLimits& limits) {
    if (block->original.size() > limits.max_bytes) {
        return DecodeError{Errc::payload_too_large, limits.max_bytes, beyond(limits)};
    }
    block->is_json = !is_same_media_type(content_type, cbor_content_type);
    auto error = block->is_json ? check_json(*block, limits) : check_cbor(*block, limits);
    if (error) return *std::move(error);
    return detail::PayloadAccess::adopt(std::move(block));
}

std::unique_ptr<detail::PayloadBlock> reclaim(Payload&& payload) noexcept {
    auto block = detail::PayloadAccess::take(std::move(payload));
    if (block == nullptr) return nullptr;
    block->original.clear();
    block->plain.clear();
    block->owners.store(1, std::memory_order_relaxed);
    return block;
}

std::size_t held_bytes(const Payload& payload) noexcept {
    const detail::PayloadBlock* const block = detail::PayloadAccess::block(payload);
    return block == nullptr ? 0 : block->original.capacity() + block->plain.capacity();
}

std::size_t encode_cbor(const Value& content, wire::Buffer& buffer, const PayloadLimits& limits) {
    const std::size_t before = buffer.size();
    detail::EncodingTarget::encode(content, buffer, limits);
    return buffer.size() - before;
}

Payload adopt_cbor(wire::Buffer&& encoded) {
    auto block = std::make_unique<detail::PayloadBlock>();
    block->original = std::move(encoded);
    return detail::PayloadAccess::adopt(std::move(block));
}

std::size_t encode_json(const Value& content, wire::Buffer& buffer, const PayloadLimits& limits) {
    wire::Buffer encoded;
    detail::EncodingTarget::encode(content, encoded, limits);
    const std::size_t before = buffer.size();
    try {
        write_json(detail::PlainCbor::view(encoded.data()), buffer, limits.max_bytes);
    } catch (...) {
        buffer.resize(before);
        throw;
    }
    return buffer.size() - before;
}

std::optional<Encoded> already_encoded(const Value& content, const PayloadLimits& limits) {
    const Payload* const payload = content.payload();
    if (payload == nullptr) return std::nullopt;
    const detail::PayloadBlock* const block = detail::PayloadAccess::block(*payload);
    if (payload->bytes().size() > limits.max_bytes) {
        throw Error(Errc::payload_too_large, "payload: " + beyond(limits));
    }
    if (block != nullptr && block->depth > limits.max_depth) {
        throw Error(Errc::too_deep,
                    "payload: nested more than " + std::to_string(limits.max_depth) + " deep");
    }
    return Encoded{payload->bytes(), payload->content_type()};
}

}  // namespace eventail::payload
