// Payloads and nlohmann::json trees, both ways, binary included. The only header that includes
// nlohmann: it costs seconds to compile, so include it where trees are wanted and nowhere else.
#pragma once

#include <eventail/payload.hpp>

#include <nlohmann/json.hpp>

namespace eventail {

using json = nlohmann::json;

namespace detail {

/// Trees as content: `publish(tree)`, `view.get<eventail::json>()`, `payload.json()`. An invalid
/// tree (discarded) cannot be written: Error{invalid_payload}.
template <class Tree>
struct TreeCodec {
    static void encode(const Tree& tree, PayloadWriter& writer) {
        using Type = nlohmann::json::value_t;
        switch (tree.type()) {
            case Type::null: return writer.write(nullptr);
            case Type::boolean: return writer.write(tree.template get<bool>());
            case Type::number_integer: return writer.write(tree.template get<std::int64_t>());
            case Type::number_unsigned: return writer.write(tree.template get<std::uint64_t>());
            case Type::number_float: return writer.write(tree.template get<double>());
            case Type::string: return writer.write(tree.template get_ref<const std::string&>());
            case Type::binary: return writer.write(std::as_bytes(std::span(tree.get_binary())));
            case Type::array:
                writer.begin_list(tree.size());
                for (const Tree& item : tree) encode(item, writer);
                return writer.end();
            case Type::object:
                writer.begin_map(tree.size());
                for (const auto& [key, item] : tree.items()) {
                    writer.key(key);
                    encode(item, writer);
                }
                return writer.end();
            case Type::discarded: break;
        }
        throw Error(Errc::invalid_payload, "payload: an invalid JSON tree");
    }

    static Tree decode(PayloadView view) {
        if (view.is_null()) return nullptr;
        if (view.is_boolean()) return view.get<bool>();
        if (view.is_unsigned_integer()) return view.get<std::uint64_t>();
        if (view.is_integer()) return view.get<std::int64_t>();
        if (view.is_float()) return view.get<double>();
        if (view.is_text()) return view.get<std::string>();
        if (view.is_binary()) {
            std::vector<std::uint8_t> bytes;
            for (const std::byte byte : view.get<std::span<const std::byte>>()) {
                bytes.push_back(std::to_integer<std::uint8_t>(byte));
            }
            return Tree::binary(std::move(bytes));
        }
        if (view.is_list()) {
            Tree list = Tree::array();
            for (const PayloadView item : view) list.push_back(decode(item));
            return list;
        }
        Tree map = Tree::object();
        for (const auto& [key, item] : view.entries()) map.emplace(key, decode(item));
        return map;
    }
};

}  // namespace detail

template <>
struct Codec<nlohmann::json> : detail::TreeCodec<nlohmann::json> {};
template <>
struct Codec<nlohmann::ordered_json> : detail::TreeCodec<nlohmann::ordered_json> {};

template <int>
auto PayloadView::json() const {
    return get<nlohmann::json>();
}

template <int>
auto Payload::json() const {
    return get<nlohmann::json>();
}

}  // namespace eventail
