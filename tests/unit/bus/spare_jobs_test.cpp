#include "bus/job.hpp"
#include "payload/payload_codec.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <utility>
#include <vector>

namespace eventail::bus {
namespace {

constexpr std::size_t mebibyte = std::size_t{1} << 20;

std::unique_ptr<Job> job_with(std::size_t content_bytes) {
    wire::Buffer encoded(content_bytes);
    Event event;
    event.payload = payload::adopt_cbor(std::move(encoded));
    auto job = std::make_unique<Job>();
    job->work = std::move(event);
    return job;
}

TEST(SpareJobs, keep_the_memory_of_a_small_content_with_the_job) {
    SpareJobs spares;
    std::unique_ptr<Job> job = job_with(300);
    const Job* const given_back = job.get();
    spares.give_back(std::move(job));

    job = spares.take();

    EXPECT_EQ(job.get(), given_back);
    ASSERT_NE(job->spare_block, nullptr);
    EXPECT_EQ(job->spare_block->original.capacity(), 300u);
    EXPECT_EQ(spares.take_large_buffer().capacity(), 0u);
}

TEST(SpareJobs, keep_the_memory_of_a_large_content_apart_for_the_next_large_one) {
    SpareJobs spares;
    std::unique_ptr<Job> job = job_with(4 * mebibyte);
    const std::byte* const memory = message_of(*job)->payload.bytes().data();
    spares.give_back(std::move(job));

    const wire::Buffer buffer = spares.take_large_buffer();

    EXPECT_EQ(buffer.data(), memory);
    EXPECT_EQ(buffer.capacity(), 4 * mebibyte);
    EXPECT_TRUE(buffer.empty());
    EXPECT_EQ(spares.take()->spare_block->original.capacity(), 0u);
    EXPECT_EQ(spares.take_large_buffer().capacity(), 0u);
}

TEST(SpareJobs, leave_the_memory_of_a_content_that_a_handler_kept) {
    SpareJobs spares;
    std::unique_ptr<Job> job = job_with(mebibyte);
    const Payload kept = message_of(*job)->payload;

    spares.give_back(std::move(job));

    EXPECT_EQ(spares.take_large_buffer().capacity(), 0u);
    EXPECT_NE(kept.bytes().data(), nullptr);
}

TEST(SpareJobs, keep_no_more_than_sixteen_mebibytes_of_large_contents) {
    SpareJobs spares;
    for (int i = 0; i < 5; ++i) spares.give_back(job_with(4 * mebibyte));

    std::size_t kept = 0;
    std::vector<wire::Buffer> buffers;
    do {
        buffers.push_back(spares.take_large_buffer());
        kept += buffers.back().capacity();
    } while (buffers.back().capacity() != 0);
    EXPECT_EQ(kept, 16 * mebibyte);

    spares.give_back(job_with(4 * mebibyte));
    EXPECT_EQ(spares.take_large_buffer().capacity(), 4 * mebibyte);
}

}  // namespace
}  // namespace eventail::bus
