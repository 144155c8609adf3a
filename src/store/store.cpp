#include "store/content.hpp"
#include "store/naming.hpp"
#include "store/temporary_store.hpp"
#include "store/token.hpp"

#include <utility>

namespace eventail {

using store::bytes_to_store;
using store::content_of;
using store::count_of;
using store::named;
using store::quoted;
using store::Reply;
using Kind = store::Reply::Kind;

namespace {

void require_status(const Reply& reply) {
    if (reply.kind != Kind::status) throw TemporaryStore::Impl::unexpected(reply);
}

}  // namespace

TemporaryStore::TemporaryStore(const StoreOptions& options)
    : impl_(std::make_unique<Impl>(options)) {}

TemporaryStore::~TemporaryStore() {
    // Its connections and its locks are the parent's.
    if (impl_->is_in_child()) (void)impl_.release();  // NOLINT(bugprone-unused-return-value)
}

Payload TemporaryStore::encoded(Value value) const {
    return content_of(value, impl_->options.payload_limits);
}

void TemporaryStore::set(std::string_view key, Value value) {
    named("set " + quoted(key), [&] {
        const Payload content = encoded(std::move(value));
        const std::string absolute = impl_->absolute(key);
        require_status(
            impl_->ask({"SETEX", absolute, impl_->time_to_live, bytes_to_store(content)}, 0));
    });
}

void TemporaryStore::mset(std::initializer_list<Field> values) {
    std::vector<Entry> entries;
    for (const Field& field : values) {
        const PayloadLimits& limits = impl_->options.payload_limits;
        named("mset " + quoted(field.key), [&] {
            entries.push_back({std::string(field.key), content_of(field.value, limits)});
        });
    }
    store(entries);
}

void TemporaryStore::store(const std::vector<Entry>& entries) {
    named("mset of " + count_of(entries.size()), [&] {
        if (entries.empty()) return;
        std::vector<std::string> keys;
        Impl::Words arguments = {impl_->time_to_live};
        for (const Entry& entry : entries) {
            keys.push_back(impl_->absolute(entry.key));
            arguments.push_back(bytes_to_store(entry.value));
        }
        require_status(impl_->run(store::set_all, keys, arguments, 0));
    });
}

std::optional<Payload> TemporaryStore::pop(std::string_view key) {
    return named("pop " + quoted(key), [&]() -> std::optional<Payload> {
        auto values = impl_->take_all(std::span(&key, 1));
        if (!values) return std::nullopt;
        return std::move(values->front());
    });
}

std::optional<std::vector<Payload>> TemporaryStore::mpop(
    std::initializer_list<std::string_view> keys) {
    return named("mpop of " + count_of(keys.size()),
                 [&] { return impl_->take_all(std::span(keys.begin(), keys.size())); });
}

std::optional<std::vector<Payload>> TemporaryStore::mpop(const std::vector<std::string>& keys) {
    const std::vector<std::string_view> views(keys.begin(), keys.end());
    return named("mpop of " + count_of(keys.size()), [&] { return impl_->take_all(views); });
}

std::optional<Payload> TemporaryStore::peek(std::string_view key) {
    return named("peek " + quoted(key), [&]() -> std::optional<Payload> {
        const std::string absolute = impl_->absolute(key);
        const Reply reply = impl_->ask({"GET", absolute}, 1);
        if (reply.kind == Kind::nil) return std::nullopt;
        if (reply.kind != Kind::text) throw Impl::unexpected(reply);
        return impl_->decoded(reply.text);
    });
}

std::optional<std::string> TemporaryStore::is_down() {
    try {
        const std::string key = "health " + store::new_token();
        set(key, "health");
        if (pop<std::string>(key) == "health") return std::nullopt;
        return "store: what was set a moment ago is not there";
    } catch (const Error& error) {
        return error.what();
    }
}

void TemporaryStore::throw_unfit(std::string_view key, const Error& error) {
    throw Error(error.code(), "store: the value of " + quoted(key) + ": " + error.what());
}

void TemporaryStore::throw_missing(std::string_view key) {
    throw Error(Errc::missing_key, "store: there is no value under " + quoted(key));
}

}  // namespace eventail
