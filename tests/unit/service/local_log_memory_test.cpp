// Even without memory, the reason for a service's end is logged: the program's operator new fails
// on demand.
#include "service/local_log.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <new>

namespace {

thread_local bool is_out_of_memory = false;

void* allocate(std::size_t size) {
    void* const memory = is_out_of_memory ? nullptr : std::malloc(size == 0 ? 1 : size);
    if (memory == nullptr) throw std::bad_alloc();
    return memory;
}

}  // namespace

// If this were inlined, GCC would see malloc's memory deleted, without knowing that new is malloc
// here.
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"

void* operator new(std::size_t size) { return allocate(size); }
void* operator new[](std::size_t size) { return allocate(size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }

namespace eventail::service {
namespace {

TEST(LocalLog, says_without_memory_why_a_service_ends) {
    ::testing::internal::CaptureStderr();

    is_out_of_memory = true;
    log_locally(Severity::critical, "shop", "cannot run: out of memory, which is a long sentence");
    is_out_of_memory = false;

    EXPECT_EQ(::testing::internal::GetCapturedStderr(),
              "eventail: shop: CRITICAL: cannot run: out of memory, which is a long sentence\n");
}

}  // namespace
}  // namespace eventail::service
