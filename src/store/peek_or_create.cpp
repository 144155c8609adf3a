#include "net/system_calls.hpp"
#include "store/content.hpp"
#include "store/naming.hpp"
#include "store/temporary_store.hpp"
#include "store/token.hpp"

#include <algorithm>
#include <utility>

namespace eventail {

using std::chrono::milliseconds;
using store::named;
using store::quoted;
using store::Reply;
using Kind = store::Reply::Kind;

namespace {

constexpr milliseconds shortest_pause{2};
constexpr milliseconds longest_pause{50};
constexpr milliseconds longest_op_time = std::chrono::days{365};

std::string in_seconds(Duration duration) {
    const auto ms = std::chrono::duration_cast<milliseconds>(duration).count();
    std::string text = std::to_string(ms / 1000);
    if (ms % 1000 != 0) text += "." + std::to_string(1000 + ms % 1000).substr(1);
    return text + " s";
}

}  // namespace

/// The lock on one key, which one caller of all processes holds.
class TemporaryStore::Impl::Creation {
public:
    Creation(Impl& impl, std::string_view key, milliseconds max_op_time)
        : impl_(impl),
          keys_{impl.absolute(key), impl.absolute(key) + ":eventail-lock"},
          max_op_time_(max_op_time),
          max_op_ms_(std::to_string(max_op_time.count())) {}
    ~Creation() {
        if (!is_locked_) return;
        try {
            impl_.run(store::unlock, std::span(keys_).last(1), {token_}, 0);
        } catch (const Error&) {
            // It ends by itself, after max_op_time.
        }
    }
    Creation(const Creation&) = delete;
    Creation& operator=(const Creation&) = delete;

    /// Waits for a value, or for the lock. @return the value; none: the lock is ours
    std::optional<Payload> find_or_lock() {
        const TimePoint give_up = Clock::now() + 2 * max_op_time_ + impl_.options.timeout;
        for (milliseconds pause = shortest_pause;; pause = std::min(2 * pause, longest_pause)) {
            locked_at_ = Clock::now();
            const Reply reply = impl_.run(store::read_or_lock, keys_, {token_, max_op_ms_}, 1);
            if (reply.kind == Kind::text) return impl_.decoded(reply.text);
            is_locked_ = reply.kind == Kind::status;
            if (is_locked_) return std::nullopt;
            if (reply.kind != Kind::integer) throw unexpected(reply);
            if (Clock::now() >= give_up) {
                throw Error(Errc::timed_out,
                            "others create it, one after the other; none has "
                            "stored a value in time");
            }
            net::system::poll({}, static_cast<int>(pause.count()));
        }
    }

    /// Ends the lock. @return the value that is there now
    Payload store(const Payload& made, std::string_view bytes) {
        const Duration taken = Clock::now() - locked_at_;
        if (taken >= max_op_time_) {
            throw Error(Errc::timed_out, "the factory took " + in_seconds(taken) +
                                             ", longer than its max_op_time of " +
                                             in_seconds(max_op_time_) +
                                             "; its value is not stored");
        }
        const Reply reply =
            impl_.run(store::store_and_unlock, keys_, {token_, impl_.time_to_live, bytes}, 1);
        if (reply.kind == Kind::nil) {
            throw Error(Errc::timed_out,
                        "the lock was lost before the factory ended, as after a "
                        "failover; its value is not stored");
        }
        is_locked_ = false;
        if (reply.kind == Kind::text) return impl_.decoded(reply.text);
        if (reply.kind != Kind::status) throw unexpected(reply);
        return made;
    }

private:
    Impl& impl_;
    const std::vector<std::string> keys_;  // of the value and of the lock
    const milliseconds max_op_time_;
    const std::string max_op_ms_;
    const std::string token_ = store::new_token();
    bool is_locked_ = false;
    TimePoint locked_at_{};
};

Payload TemporaryStore::find_or_make(std::string_view key, const std::function<Payload()>& make,
                                     milliseconds max_op_time) {
    const std::string name = "peek_or_create " + quoted(key);
    Impl::Creation creation(*impl_, key, std::min(max_op_time, longest_op_time));
    auto found = named(name, [&] {
        if (max_op_time.count() <= 0) {
            throw Error(Errc::invalid_argument, "max_op_time is not above 0");
        }
        return creation.find_or_lock();
    });
    if (found) return *std::move(found);
    // Its exceptions are the caller's.
    const Payload made = make();
    return named(name, [&] { return creation.store(made, store::bytes_to_store(made)); });
}

}  // namespace eventail
