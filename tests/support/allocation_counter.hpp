// Counts a program's allocations, by replacing operator new for all of it. Include it in one source
// of a program only; the others do not notice.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <new>

namespace eventail::test {

inline std::atomic<std::size_t> allocations{0};

inline void* allocate(std::size_t size) {
    ++allocations;
    if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
    throw std::bad_alloc();
}

}  // namespace eventail::test

// If this were inlined, GCC would see malloc's memory deleted, without knowing that new is malloc
// here.
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"

void* operator new(std::size_t size) { return eventail::test::allocate(size); }
void* operator new[](std::size_t size) { return eventail::test::allocate(size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }
