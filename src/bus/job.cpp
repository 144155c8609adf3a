#include "bus/job.hpp"

#include "base/assert.hpp"
#include "payload/payload_codec.hpp"

#include <type_traits>
#include <utility>

namespace eventail::bus {
namespace {

constexpr std::size_t max_spares = 1024;
constexpr std::size_t max_kept_bytes = 4096;  // of content and ids in each spare job
constexpr std::size_t min_large_bytes = 65536;
constexpr std::size_t max_large_bytes = std::size_t{16} << 20;

}  // namespace

Message* message_of(Job& job) {
    return std::visit(
        [](auto& work) -> Message* {
            if constexpr (std::is_base_of_v<Message, std::decay_t<decltype(work)>>) return &work;
            return nullptr;
        },
        job.work);
}

const Message* message_of(const Job& job) { return message_of(const_cast<Job&>(job)); }

std::unique_ptr<Job> SpareJobs::take() {
    if (jobs_.empty()) return std::make_unique<Job>();
    std::unique_ptr<Job> job = std::move(jobs_.back());
    jobs_.pop_back();
    return job;
}

void SpareJobs::give_back(std::unique_ptr<Job> job) {
    EVENTAIL_ASSERT(job, "a job is given back once");
    Message* const message = message_of(*job);
    const bool is_small =
        message != nullptr && message->conversation_id.capacity() <= max_kept_bytes;
    if (!is_small || jobs_.size() >= max_spares) return;
    Payload& headers = message->metadata.headers;
    if (payload::held_bytes(headers) != 0) headers = {};
    if (auto block = payload::reclaim(std::move(message->payload))) {
        for (wire::Buffer* const buffer : {&block->original, &block->plain}) {
            if (buffer->capacity() > max_kept_bytes) keep_large(std::exchange(*buffer, {}));
        }
        job->spare_block = std::move(block);
    }
    jobs_.push_back(std::move(job));
}

void SpareJobs::keep_large(wire::Buffer buffer) {
    buffer.clear();
    const std::size_t capacity = buffer.capacity();
    if (capacity < min_large_bytes || capacity > max_large_bytes - large_bytes_) return;
    large_bytes_ += capacity;
    large_buffers_.push_back(std::move(buffer));
}

wire::Buffer SpareJobs::take_large_buffer() {
    if (large_buffers_.empty()) return {};
    wire::Buffer buffer = std::move(large_buffers_.back());
    large_buffers_.pop_back();
    EVENTAIL_ASSERT(large_bytes_ >= buffer.capacity(), "memory that is kept was counted");
    large_bytes_ -= buffer.capacity();
    return buffer;
}

}  // namespace eventail::bus
