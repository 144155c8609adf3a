#include "store/reply_reader.hpp"

#include "base/printable.hpp"
#include <eventail/error.hpp>

#include <hiredis/read.h>

#include <new>
#include <string>
#include <utility>

namespace eventail::store {

// hiredis calls these. A null pointer tells it to stop; an exception must not reach it.
struct Builders {
    static ReplyReader::Build& build_of(const redisReadTask* task) {
        return *static_cast<ReplyReader::Build*>(task->privdata);
    }

    // The place of this part: an item of the list around it, or a reply of its own.
    static Reply* place(const redisReadTask* task) {
        if (task->parent == nullptr) return new (std::nothrow) Reply;
        auto& items = static_cast<Reply*>(task->parent->obj)->items;
        const auto index = static_cast<std::size_t>(task->idx);
        return index < items.size() ? &items[index] : nullptr;
    }

    // Runs `fill` on the place. Without memory, the reader frees what is complete.
    template <class Fill>
    static void* filled(const redisReadTask* task, Reply::Kind kind, Fill fill) noexcept {
        Reply* reply = place(task);
        if (reply == nullptr) return nullptr;
        try {
            reply->kind = kind;
            fill(*reply);
            return reply;
        } catch (const std::exception&) {
            if (task->parent == nullptr) delete reply;
            return nullptr;
        }
    }

    static Reply::Kind kind_of(int type) {
        if (type == REDIS_REPLY_STATUS) return Reply::Kind::status;
        if (type == REDIS_REPLY_ERROR) return Reply::Kind::error;
        return Reply::Kind::text;
    }

    static void* text(const redisReadTask* task, char* bytes, std::size_t size) {
        return filled(task, kind_of(task->type),
                      [&](Reply& reply) { reply.text.assign(bytes, size); });
    }
    static void* list(const redisReadTask* task, int size) {
        ReplyReader::Build& build = build_of(task);
        build.items += static_cast<std::size_t>(size);
        build.is_beyond_limits = build.is_beyond_limits || build.items > build.limits.max_items;
        if (build.is_beyond_limits) return nullptr;
        return filled(task, Reply::Kind::list,
                      [&](Reply& reply) { reply.items.resize(static_cast<std::size_t>(size)); });
    }
    static void* integer(const redisReadTask* task, long long value) {
        return filled(task, Reply::Kind::integer, [&](Reply& reply) { reply.integer = value; });
    }
    static void* nil(const redisReadTask* task) {
        return filled(task, Reply::Kind::nil, [](Reply& /*reply*/) {});
    }
    static void free(void* reply) { delete static_cast<Reply*>(reply); }

    static redisReplyObjectFunctions* all() {
        static redisReplyObjectFunctions functions = {text, list, integer, nil, free};
        return &functions;
    }
};

void ReplyReader::Free::operator()(redisReader* reader) const { redisReaderFree(reader); }

ReplyReader::ReplyReader()
    : build_(std::make_unique<Build>()), reader_(redisReaderCreateWithFunctions(Builders::all())) {
    if (!reader_) throw std::bad_alloc();
    reader_->privdata = build_.get();
}

ReplyReader::~ReplyReader() = default;

void ReplyReader::feed(std::span<const std::byte> bytes) {
    unread_bytes_ += bytes.size();
    redisReaderFeed(reader_.get(), reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

std::optional<Reply> ReplyReader::next() {
    void* complete = nullptr;
    const bool is_sound = redisReaderGetReply(reader_.get(), &complete) == REDIS_OK;
    if (build_->is_beyond_limits ||
        (complete == nullptr && unread_bytes_ > build_->limits.max_bytes)) {
        throw Error(Errc::payload_too_large,
                    "the answer is larger than anything that was asked for");
    }
    if (!is_sound && reader_->err == REDIS_ERR_OOM) throw std::bad_alloc();
    if (!is_sound) throw Error(Errc::protocol_error, printable(reader_->errstr));
    if (complete == nullptr) return std::nullopt;

    const std::unique_ptr<Reply> reply(static_cast<Reply*>(complete));
    build_->items = 0;
    unread_bytes_ = reader_->len - reader_->pos;
    return std::move(*reply);
}

}  // namespace eventail::store
