// The bus's work with payloads: decodes incoming bodies, encodes outgoing content, reuses memory.
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

/// Why content could not be decoded.
struct DecodeError {
    Errc code = Errc::invalid_payload;
    std::size_t offset = 0;
    std::string reason;

    [[nodiscard]] std::string message() const;
};

using Decoded = std::variant<Payload, DecodeError>;

/// Decodes a body by its content type: CBOR if the type says so, otherwise JSON; an empty body is
/// null. Checks it once against the limits. Throws only when memory runs out. This overload copies.
[[nodiscard]] Decoded decode(std::string_view content_type, std::span<const std::byte> body,
                             const PayloadLimits& limits);
/// Takes the body over, without a copy.
[[nodiscard]] Decoded decode(std::string_view content_type, wire::Buffer&& body,
                             const PayloadLimits& limits);
/// Takes the body over in a block that already holds it as `original`; allocates nothing for plain
/// CBOR.
[[nodiscard]] Decoded decode(std::string_view content_type,
                             std::unique_ptr<detail::PayloadBlock> block,
                             const PayloadLimits& limits);

/// The emptied block of a payload without other copies, otherwise null. It keeps its memory for the
/// next body.
[[nodiscard]] std::unique_ptr<detail::PayloadBlock> reclaim(Payload&& payload) noexcept;

/// How much memory a payload holds, shared with its copies.
[[nodiscard]] std::size_t held_bytes(const Payload& payload) noexcept;

/// Appends the content as CBOR and returns its size in bytes. Throws Error (invalid_payload,
/// too_deep, payload_too_large), and leaves the buffer unchanged then.
std::size_t encode_cbor(const Value& content, wire::Buffer& buffer, const PayloadLimits& limits);

/// The same as JSON: compact, UTF-8. Non-finite numbers and binary are invalid_payload.
std::size_t encode_json(const Value& content, wire::Buffer& buffer, const PayloadLimits& limits);

/// Makes a payload of CBOR that encode_cbor() wrote; takes over `encoded`.
[[nodiscard]] Payload adopt_cbor(wire::Buffer&& encoded);

struct Encoded {
    std::span<const std::byte> bytes;
    std::string_view content_type;
};

/// The bytes of content that is already a Payload, to publish unchanged. Valid as long as that
/// payload. Throws Error if they exceed the limits.
[[nodiscard]] std::optional<Encoded> already_encoded(const Value& content,
                                                     const PayloadLimits& limits = {});

}  // namespace eventail::payload
