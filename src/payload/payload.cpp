// Payload: shared ownership of a block, and content encoded into a block of its own.
#include "payload/cbor_head.hpp"
#include "payload/encoding_target.hpp"
#include "payload/payload_block.hpp"
#include "payload/payload_codec.hpp"
#include <eventail/payload.hpp>

namespace eventail {
namespace {

constexpr std::byte empty_map[] = {payload::cbor::empty_map};

void release(detail::PayloadBlock* block) noexcept {
    if (block != nullptr && block->owners.fetch_sub(1, std::memory_order_acq_rel) == 1) {
        delete block;
    }
}

Payload decode_or_throw(std::string_view content_type, std::span<const std::byte> bytes,
                        const PayloadLimits& limits) {
    auto decoded = payload::decode(content_type, bytes, limits);
    if (const auto* error = std::get_if<payload::DecodeError>(&decoded)) {
        throw Error(error->code, error->message());
    }
    return std::get<Payload>(std::move(decoded));
}

}  // namespace

Payload::Payload() noexcept : block_(nullptr), plain_(empty_map) {}

Payload::Payload(Adopt /*tag*/, detail::PayloadBlock* owned) noexcept
    : block_(owned), plain_(owned->readable()) {}

Payload::Payload(Value content, const PayloadLimits& limits) : Payload() {
    if (payload::already_encoded(content, limits)) {
        *this = *content.payload();
        return;
    }
    auto block = std::make_unique<detail::PayloadBlock>();
    block->depth = detail::EncodingTarget::encode(content, block->original, limits);
    *this = Payload(Adopt{}, block.release());
}

Payload::Payload(const Payload& other) noexcept : block_(other.block_), plain_(other.plain_) {
    if (block_ != nullptr) block_->owners.fetch_add(1, std::memory_order_relaxed);
}

Payload::Payload(Payload&& other) noexcept
    : block_(std::exchange(other.block_, nullptr)),
      plain_(std::exchange(other.plain_, empty_map)) {}

Payload& Payload::operator=(const Payload& other) noexcept { return *this = Payload(other); }

Payload& Payload::operator=(Payload&& other) noexcept {
    std::swap(block_, other.block_);
    std::swap(plain_, other.plain_);
    return *this;
}

Payload::~Payload() { release(block_); }

Payload Payload::from_cbor(std::span<const std::byte> bytes, const PayloadLimits& limits) {
    return decode_or_throw(payload::cbor_content_type, bytes, limits);
}

Payload Payload::from_json(std::string_view text, const PayloadLimits& limits) {
    return decode_or_throw(payload::json_content_type, std::as_bytes(std::span(text)), limits);
}

std::span<const std::byte> Payload::bytes() const& noexcept {
    return block_ != nullptr ? block_->original.view() : plain_;
}

std::string_view Payload::content_type() const noexcept {
    return block_ != nullptr && block_->is_json ? payload::json_content_type
                                                : payload::cbor_content_type;
}

std::unique_ptr<detail::PayloadBlock> detail::PayloadAccess::take(Payload&& payload) noexcept {
    const Payload taken(std::move(payload));
    detail::PayloadBlock* const block = taken.block_;
    if (block == nullptr || block->owners.load(std::memory_order_acquire) != 1) return nullptr;
    block->owners.fetch_add(1, std::memory_order_relaxed);  // `taken` gives up its share soon
    return std::unique_ptr<detail::PayloadBlock>(block);
}

}  // namespace eventail
