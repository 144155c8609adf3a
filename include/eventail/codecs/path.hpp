// std::filesystem::path as content of payloads: text, as it is; a path that is not UTF-8 cannot be
// written.
#pragma once

#include <eventail/payload.hpp>
#include <eventail/variant.hpp>

#include <filesystem>
#include <string_view>

namespace eventail {

template <>
struct Codec<std::filesystem::path> {
    static constexpr auto kind = ContentKind::text;

    static void encode(const std::filesystem::path& path, PayloadWriter& writer) {
        writer.write(std::string_view(path.native()));
    }
    static void decode_into(std::filesystem::path& path, PayloadReader& reader) {
        path = reader.text();
    }
};

}  // namespace eventail
