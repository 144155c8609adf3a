#include "base/forks.hpp"
#include "net/system_calls.hpp"
#include "store/checked_store_options.hpp"
#include "store/interpret.hpp"
#include "store/naming.hpp"
#include "store/temporary_store.hpp"

namespace eventail {

using store::Deadline;
using store::Reply;
using store::Request;
using Kind = Reply::Kind;

namespace {

constexpr std::chrono::milliseconds pause_before_again{100};
constexpr std::size_t overhead_bytes = std::size_t{16} * 1024;

}  // namespace

TemporaryStore::Impl::Impl(const StoreOptions& given)
    : home(fork_count()),
      options(store::checked(given)),
      time_to_live(std::to_string(options.time_to_live.count())),
      pool(options) {}

bool TemporaryStore::Impl::is_in_child() const { return home != fork_count(); }

void TemporaryStore::Impl::require_home() const {
    if (!is_in_child()) return;
    throw Error(Errc::forked,
                "the store belongs to the process that forked: make one after the fork");
}

template <class Send>
Reply TemporaryStore::Impl::within_timeout(Send send) {
    require_home();
    const Deadline deadline(options.timeout, Clock::now());
    while (true) {
        std::string who;
        Reply reply;
        try {
            const store::Pool::Loan connection = pool.borrow(deadline);
            who = connection->name();
            reply = send(*connection, deadline);
        } catch (const Error& error) {
            const bool is_gone =
                error.code() == Errc::connection_failed || error.code() == Errc::timed_out;
            if (is_gone) pool.forget();
            throw;
        }
        if (reply.kind != Reply::Kind::error) return reply;
        if (!store::is_no_master(reply)) throw store::refusal(reply, who);
        // It did nothing. Sentinels will know the master, perhaps in a moment.
        pool.forget();
        const bool is_late = deadline.remaining(Clock::now()) <= pause_before_again;
        if (options.sentinels.empty() || is_late) throw store::refusal(reply, who);
        net::system::poll({}, static_cast<int>(pause_before_again.count()));
    }
}

Reply TemporaryStore::Impl::ask(const Words& command, std::size_t values) {
    const Request request{std::span(command)};
    return within_timeout([&](store::Connection& connection, const Deadline& deadline) {
        return connection.ask(request, limits(values), deadline);
    });
}

Reply TemporaryStore::Impl::run(const store::Script& script, std::span<const std::string> keys,
                                const Words& arguments, std::size_t values) {
    const std::string key_count = std::to_string(keys.size());
    Words words = {"EVALSHA", script.sha1, key_count};
    words.insert(words.end(), keys.begin(), keys.end());
    words.insert(words.end(), arguments.begin(), arguments.end());
    const Request by_name{std::span(words)};
    return within_timeout([&](store::Connection& connection, const Deadline& deadline) {
        Reply reply = connection.ask(by_name, limits(values), deadline);
        if (!store::is_unknown_script(reply)) return reply;
        words[0] = "EVAL";
        words[1] = script.text;
        return connection.ask(Request{std::span(words)}, limits(values), deadline);
    });
}

std::optional<std::vector<Payload>> TemporaryStore::Impl::take_all(
    std::span<const std::string_view> keys) {
    require_home();
    if (keys.empty()) return std::vector<Payload>();
    std::vector<std::string> absolutes;
    for (const std::string_view key : keys) absolutes.push_back(absolute(key));
    const std::string largest = std::to_string(options.payload_limits.max_bytes);
    const Reply reply = run(store::take_all, absolutes, {largest}, keys.size());
    if (reply.kind == Kind::nil) return std::nullopt;
    if (reply.kind == Kind::integer) {
        const auto index = static_cast<std::size_t>(reply.integer - 1);
        throw Error(Errc::payload_too_large,
                    "the value of " + store::quoted(index < keys.size() ? keys[index] : "?") +
                        " is larger than " + largest + " bytes; it is still there");
    }
    if (reply.kind != Kind::list || reply.items.size() != keys.size()) throw unexpected(reply);
    std::vector<Payload> values;
    for (const Reply& item : reply.items) {
        if (item.kind != Kind::text) throw unexpected(item);
        values.push_back(decoded(item.text));
    }
    return values;
}

store::ReplyLimits TemporaryStore::Impl::limits(std::size_t values) const {
    const std::size_t of_each = options.payload_limits.max_bytes + overhead_bytes;
    return {.max_bytes = (values + 1) * of_each, .max_items = values + 16};
}

Payload TemporaryStore::Impl::decoded(const std::string& value) const {
    return Payload::from_cbor(std::as_bytes(std::span(value)), options.payload_limits);
}

Error TemporaryStore::Impl::unexpected(const Reply& reply) {
    return store::unexpected(reply, "the server");
}

}  // namespace eventail
