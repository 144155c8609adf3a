// The message that all benchmark programs publish or consume: 256 bytes of CBOR, a map of nine
// fields, persistent, with one header. Large ones are a map with one binary field.
#pragma once

#include "bench/order.hpp"
#include "wire/buffer.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace eventail::bench {

inline constexpr std::string_view event_exchange = "events";
inline constexpr std::string_view command_exchange = "commands";
inline constexpr std::string_view event_name = "OrderPlaced";
inline constexpr std::string_view conversation_id = "0d0ce5ac-39a1-4c5e-8b0c-5f1ff5c6e2d4";
inline constexpr std::string_view content_type = "application/cbor";
inline constexpr std::size_t small_body_bytes = 256;

/// The body of a message: the order, or for another size, a map with one binary field.
wire::Buffer encoded_body(std::size_t body_bytes = small_body_bytes);

/// The properties of a message: the minimum of this benchmark, or all that services set.
enum class Properties { least, as_services };

/// The header and body frames of a message, which follow the method.
void append_content(wire::Buffer& buffer, std::uint16_t channel, wire::Bytes body,
                    std::size_t max_frame_bytes, Properties properties = Properties::least);

}  // namespace eventail::bench
