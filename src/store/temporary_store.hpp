// The inside of a TemporaryStore: sends one operation, and again where that is safe.
#pragma once

#include "store/pool.hpp"
#include "store/scripts.hpp"
#include <eventail/store.hpp>

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace eventail {

struct TemporaryStore::Impl {
    using Words = std::vector<std::string_view>;

    explicit Impl(const StoreOptions& options);

    [[nodiscard]] bool is_in_child() const;
    /// @throws Error forked
    void require_home() const;

    [[nodiscard]] std::string absolute(std::string_view key) const {
        return options.name_space + std::string(key);
    }

    /// Asks Redis: within the timeout, and again when it was not a master and did nothing.
    /// `values`: how many the answer may hold. @throws Error; never returns an error reply
    store::Reply ask(const Words& command, std::size_t values);
    store::Reply run(const store::Script& script, std::span<const std::string> keys,
                     const Words& arguments, std::size_t values);

    /// Takes the values of all keys, or of none. @throws Error
    std::optional<std::vector<Payload>> take_all(std::span<const std::string_view> keys);

    /// The content of a value. @throws Error
    [[nodiscard]] Payload decoded(const std::string& value) const;
    /// For a reply that such an operation can not have.
    [[nodiscard]] static Error unexpected(const store::Reply& reply);

    class Creation;  // peek_or_create.cpp

    const unsigned home;
    const StoreOptions options;
    const std::string time_to_live;  // in seconds
    store::Pool pool;

private:
    template <class Send>
    store::Reply within_timeout(Send send);
    [[nodiscard]] store::ReplyLimits limits(std::size_t values) const;
};

}  // namespace eventail
