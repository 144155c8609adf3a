// Cuts replies out of the bytes of a connection, and holds them to limits. hiredis reads; this
// builds the replies and knows how large one may become.
#pragma once

#include "store/reply.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <span>

struct redisReader;

namespace eventail::store {

struct ReplyLimits {
    std::size_t max_bytes = std::size_t{64} * 1024;  ///< of one reply, as it is on the wire
    std::size_t max_items = 64;                      ///< of all lists in it together
};

class ReplyReader {
public:
    ReplyReader();
    ~ReplyReader();
    ReplyReader(const ReplyReader&) = delete;
    ReplyReader& operator=(const ReplyReader&) = delete;

    /// For the replies that are read from now on.
    void set_limits(const ReplyLimits& limits) { build_->limits = limits; }
    void feed(std::span<const std::byte> bytes);
    /// The next reply, once it is complete. @throws Error payload_too_large, protocol_error; the
    /// reader is of no use then
    std::optional<Reply> next();

private:
    friend struct Builders;

    /// What the reader's callbacks build.
    struct Build {
        ReplyLimits limits = {};
        std::size_t items = 0;
        bool is_beyond_limits = false;
    };
    struct Free {
        void operator()(redisReader* reader) const;
    };

    std::unique_ptr<Build> build_;
    std::unique_ptr<redisReader, Free> reader_;
    std::size_t unread_bytes_ = 0;  // fed since the last reply
};

}  // namespace eventail::store
