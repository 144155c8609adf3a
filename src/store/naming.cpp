#include "store/naming.hpp"

#include "base/printable.hpp"

namespace eventail::store {
namespace {

constexpr std::size_t longest_shown_key_bytes = 100;

}  // namespace

std::string quoted(std::string_view key) {
    const std::string_view shown = key.substr(0, longest_shown_key_bytes);
    return '"' + printable_in_quotes(shown) + (shown.size() < key.size() ? "…\"" : "\"");
}

std::string count_of(std::size_t count) {
    return std::to_string(count) + (count == 1 ? " key" : " keys");
}

}  // namespace eventail::store
