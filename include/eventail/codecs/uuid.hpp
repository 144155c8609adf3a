// UUIDs as content of payloads: text, "123e4567-e89b-12d3-a456-426614174000". (RFC 4122)
#pragma once

#include <eventail/payload.hpp>
#include <eventail/variant.hpp>

#include <array>
#include <compare>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace eventail {

/// 128 bits, in the order in which they are written.
struct Uuid {
    std::array<std::byte, 16> bytes = {};

    /// Reads 36 characters, digits of either case; nothing if the text is not a UUID.
    [[nodiscard]] static std::optional<Uuid> from_text(std::string_view text) noexcept;
    /// In lower case.
    [[nodiscard]] std::string text() const;

    auto operator<=>(const Uuid&) const = default;
};

template <>
struct Codec<Uuid> {
    static constexpr auto kind = ContentKind::text;

    static void encode(const Uuid& uuid, PayloadWriter& writer) { writer.write(uuid.text()); }
    static void decode_into(Uuid& uuid, PayloadReader& reader) {
        const PayloadReader before = reader;
        const auto read = Uuid::from_text(reader.text());
        if (!read) before.refuse("a UUID");
        uuid = *read;
    }
};

}  // namespace eventail
