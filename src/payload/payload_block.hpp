// The memory that copies of a Payload share, and the bus's way to make Payloads of it. A block with
// a single owner can be used again: take, decode, reclaim.
#pragma once

#include "wire/buffer.hpp"
#include <eventail/payload.hpp>

#include <atomic>
#include <cstdint>
#include <memory>

namespace eventail::detail {

struct PayloadBlock {
    /// The bytes as received; a received body is gathered here.
    wire::Buffer original;
    /// The content as plain CBOR, if the original cannot be read in place.
    wire::Buffer plain;
    bool is_json = false;
    std::size_t depth = 0;
    std::atomic<std::uint32_t> owners{1};

    [[nodiscard]] std::span<const std::byte> readable() const noexcept {
        return plain.size() != 0 ? plain.view() : original.view();
    }
};

struct PayloadAccess {
    /// Makes a Payload of a checked block.
    [[nodiscard]] static Payload adopt(std::unique_ptr<PayloadBlock> block) noexcept {
        return Payload(Payload::Adopt{}, block.release());
    }
    [[nodiscard]] static const PayloadBlock* block(const Payload& payload) noexcept {
        return payload.block_;
    }
    /// The block of a payload without other copies, otherwise null; leaves the payload empty.
    [[nodiscard]] static std::unique_ptr<PayloadBlock> take(Payload&& payload) noexcept;
};

/// The view of an item of plain CBOR, and the whole that a view belongs to.
struct PlainCbor {
    [[nodiscard]] static PayloadView view(const std::byte* at) noexcept { return PayloadView(at); }
    [[nodiscard]] static const std::byte* root(PayloadView view) noexcept { return view.root_; }
};

}  // namespace eventail::detail
