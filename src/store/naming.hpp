// Names operations and keys in the errors of a store.
#pragma once

#include <eventail/error.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace eventail::store {

/// A key for people: printable, and not too long.
[[nodiscard]] std::string quoted(std::string_view key);
/// "1 key", "3 keys".
[[nodiscard]] std::string count_of(std::size_t count);

/// Runs an operation, and says in its errors which one it was.
template <class Operation>
auto named(const std::string& name, Operation operation) {
    try {
        return operation();
    } catch (const Error& error) {
        throw Error(error.code(), "store: " + name + ": " + error.what());
    }
}

}  // namespace eventail::store
