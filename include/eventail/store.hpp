// Values that the instances of a service share for a while, in Redis. A library of its own:
// eventail::store. docs/store.md is the guide, and lists keys and values as they are in Redis.
#pragma once

#include <eventail/error.hpp>
#include <eventail/payload.hpp>

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace eventail {

/// Where the values are, and how long they live. Durations may be max(): for ever.
struct StoreOptions {
    /// One Redis. Not used with `sentinels`.
    std::string host = "localhost";
    std::uint16_t port = 6379;
    /// Redis Sentinels: "host", "host:port" or "[::1]:port", without a port 26379. They are asked
    /// in turn who the master of `sentinel_service` is.
    std::vector<std::string> sentinels = {};
    std::string sentinel_service = {};
    std::string sentinel_user = {};  ///< of the Sentinels themselves
    std::string sentinel_password = {};

    unsigned database = 0;
    std::string user = {};  ///< of Redis's access control lists; empty: the default user
    std::string password = {};
    /// Not available: hiredis 0.14, as Debian 12 has it, knows no TLS. True is an error.
    bool tls = false;

    /// What all keys in Redis begin with, and nothing comes between: end it with a separator,
    /// "shop:". Stores with different namespaces do not see each other's values.
    std::string name_space = {};
    /// After this time a value that nobody took is gone.
    std::chrono::seconds time_to_live{270'000};

    /// For each operation as a whole: waiting for a connection, looking up the host, asking
    /// Sentinels, connecting, logging in, and the answer.
    std::chrono::milliseconds timeout = std::chrono::seconds{5};
    /// How many operations run at once; more wait. A connection stays open for the next operation.
    std::size_t max_connections = 8;
    /// Limits of stored and read values.
    PayloadLimits payload_limits = {};
};

/// Values under keys that all instances of a service see, and other services that know the
/// namespace. All operations are atomic, and each value disappears after its time to live. Python
/// programs share values through STDataStore of the original's eventail.tmp_store.
///
/// Any number of threads may use one: each call blocks, at most for StoreOptions::timeout, and has
/// a connection for itself. It belongs to the process that made it: see Errc::forked.
///
/// All operations throw Error: connection_failed (Redis is not there, or went away), timed_out
/// (it did not answer in time), access_refused (login or permission), store_refused (it answered
/// with another error, which what() quotes), protocol_error, forked. After a connection lost or an
/// answer overdue, nobody knows whether the operation took place.
class TemporaryStore {
public:
    /// Does not connect yet. @throws Error invalid_argument, tls_failed (StoreOptions::tls)
    explicit TemporaryStore(const StoreOptions& options);
    /// No call may be under way. In the child of a fork it does nothing.
    ~TemporaryStore();
    TemporaryStore(const TemporaryStore&) = delete;
    TemporaryStore& operator=(const TemporaryStore&) = delete;

    /// Stores a value under a key, in place of one that was there. @throws Error also
    /// invalid_payload, too_deep, payload_too_large
    void set(std::string_view key, Value value);

    /// Stores several, all at the same moment: `mset({{"a", 1}, {"b", order}})`. Throws as set().
    void mset(std::initializer_list<Field> values);
    /// The same with a map, of keys to anything that can be the content of a payload.
    template <detail::map Map>
    void mset(const Map& values) {
        std::vector<Entry> entries;
        for (const auto& [key, value] : values) {
            entries.push_back({std::string(std::string_view(key)), encoded(value)});
        }
        store(entries);
    }

    /// Takes a value away: of all callers, one gets it. None: there is no such key. @throws Error
    /// also payload_too_large and type_mismatch (a key that holds no plain value), which leave the
    /// value, and invalid_payload, too_deep: the value was not readable, and is gone
    [[nodiscard]] std::optional<Payload> pop(std::string_view key);
    /// The same as a T. @throws Error also what Payload::get() throws; the value is gone then
    template <class T>
    requires(!detail::borrowed<T>()) [[nodiscard]] std::optional<T> pop(std::string_view key) {
        return read<T>(key, pop(key));
    }

    /// Takes the values of all keys, in this order, if all are there; otherwise none of them.
    /// Throws as pop().
    [[nodiscard]] std::optional<std::vector<Payload>> mpop(
        std::initializer_list<std::string_view> keys);
    [[nodiscard]] std::optional<std::vector<Payload>> mpop(const std::vector<std::string>& keys);
    /// The same, each as a T.
    template <class T>
    requires(!detail::borrowed<T>())
        [[nodiscard]] std::optional<std::vector<T>> mpop(const std::vector<std::string>& keys) {
        auto values = mpop(keys);
        if (!values) return std::nullopt;
        std::vector<T> result;
        for (std::size_t i = 0; i < keys.size(); ++i) {
            result.push_back(read<T>(keys[i], std::move(values->at(i))).value());
        }
        return result;
    }

    /// Reads a value and leaves it. None: there is no such key. Throws as pop(), which always
    /// leaves the value here.
    [[nodiscard]] std::optional<Payload> peek(std::string_view key);
    /// The same as a T. @throws Error also what Payload::get() throws
    template <class T>
    requires(!detail::borrowed<T>()) [[nodiscard]] std::optional<T> peek(std::string_view key) {
        return read<T>(key, peek(key));
    }
    /// As peek(), for a value that must be there. @throws Error also missing_key
    template <class T>
    requires(!detail::borrowed<T>()) [[nodiscard]] T get(std::string_view key) {
        auto value = peek<T>(key);
        if (!value) throw_missing(key);
        return *std::move(value);
    }

    /// The value under a key; when there is none, the one that `factory` returns, which is stored.
    /// Of all callers in all processes, one runs its factory, and the others wait for it: a lock in
    /// Redis keeps them apart, for at most `max_op_time`. Callers of the original's peek_or_create
    /// use another lock.
    ///
    /// A factory must end within `max_op_time`: later, its value is not stored, and its caller gets
    /// Errc::timed_out, since another factory may have begun meanwhile. A factory that throws ends
    /// the call with its exception, and the next caller runs its own. A value that was set()
    /// meanwhile stays, and is what the call returns.
    ///
    /// Waits for others for at most twice `max_op_time` and once StoreOptions::timeout, then
    /// throws Errc::timed_out. @throws Error also as set() and peek(), invalid_argument
    template <std::invocable Factory>
    Payload peek_or_create(std::string_view key, Factory&& factory,
                           std::chrono::milliseconds max_op_time) {
        return find_or_make(
            key,
            [&] {
                const auto& content = factory();
                return encoded(content);
            },
            max_op_time);
    }
    /// The same as a T.
    template <class T, std::invocable Factory>
    requires(!detail::borrowed<T>()) T peek_or_create(std::string_view key, Factory&& factory,
                                                      std::chrono::milliseconds max_op_time) {
        return *read<T>(key, peek_or_create(key, std::forward<Factory>(factory), max_op_time));
    }

    /// Why the store does not work: sets a value and pops it. None: it works. Never throws an
    /// Error.
    [[nodiscard]] std::optional<std::string> is_down();

    struct Impl;  // src/store

private:
    struct Entry {
        std::string key;
        Payload value;
    };

    [[nodiscard]] Payload encoded(Value value) const;
    void store(const std::vector<Entry>& entries);
    Payload find_or_make(std::string_view key, const std::function<Payload()>& make,
                         std::chrono::milliseconds max_op_time);

    template <class T>
    static std::optional<T> read(std::string_view key, std::optional<Payload> value) {
        if (!value) return std::nullopt;
        try {
            return value->template get<T>();
        } catch (const Error& error) {
            throw_unfit(key, error);
        }
    }
    [[noreturn]] static void throw_unfit(std::string_view key, const Error& error);
    [[noreturn]] static void throw_missing(std::string_view key);

    std::unique_ptr<Impl> impl_;
};

}  // namespace eventail
