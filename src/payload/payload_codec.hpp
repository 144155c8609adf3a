// What the bus does with payloads: decode what arrived, encode what is published, use memory again.
#pragma once

#include "payload/payload_block.hpp"
#include <eventail/payload.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace eventail::payload {

inline constexpr std::string_view cbor_content_type = "application/cbor";
inline constexpr std::string_view json_content_type = "application/json";

/// Why content cannot be decoded.
struct DecodeError {
    Errc code = Errc::invalid_payload;
    std::size_t offset = 0;
    std::string reason;

    [[nodiscard]] std::string message() const;
};

using Decoded = std::variant<Payload, DecodeError>;

/// Decodes a body by its content type: CBOR if that says so, JSON otherwise; empty is null. Checks
/// it once against the limits. Never throws but for lack of memory. This overload copies.
[[nodiscard]] Decoded decode(std::string_view content_type, std::span<const std::byte> body,
                             const PayloadLimits& limits);
/// Takes the body over, without a copy.
[[nodiscard]] Decoded decode(std::string_view content_type, wire::Buffer&& body,
                             const PayloadLimits& limits);
/// Takes the body over in a block whose `original` it is; nothing is allocated for plain CBOR.
[[nodiscard]] Decoded decode(std::string_view content_type,
                             std::unique_ptr<detail::PayloadBlock> block,
                             const PayloadLimits& limits);

/// The emptied block of a payload that nobody else has a copy of, otherwise null. It keeps its
/// memory for the next body.
[[nodiscard]] std::unique_ptr<detail::PayloadBlock> reclaim(Payload&& payload) noexcept;

/// The memory that a payload keeps, shared with its copies.
[[nodiscard]] std::size_t held_bytes(const Payload& payload) noexcept;

/// Appends the content as CBOR and returns how many bytes that are. Throws Error
/// (invalid_payload, too_deep, payload_too_large), the buffer then as it was.
std::size_t encode_cbor(const Value& content, wire::Buffer& buffer, const PayloadLimits& limits);

/// The same as JSON: compact, UTF-8. A non-finite number and binary are invalid_payload.
std::size_t encode_json(const Value& content, wire::Buffer& buffer, const PayloadLimits& limits);

/// CBOR that encode_cbor() wrote, as a payload; `encoded` is taken over.
[[nodiscard]] Payload adopt_cbor(wire::Buffer&& encoded);

struct Encoded {
    std::span<const std::byte> bytes;
    std::string_view content_type;
};

/// The bytes of content that is a Payload, to be published as they are. Valid as long as that
/// payload. Throws Error if they are beyond the limits.
[[nodiscard]] std::optional<Encoded> already_encoded(const Value& content,
                                                     const PayloadLimits& limits = {});

}  // namespace eventail::payload
