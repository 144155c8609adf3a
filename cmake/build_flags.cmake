# How everything of this project is compiled: the language, the warnings and the sanitizers.
# Users of the library inherit C++20 and nothing else.

add_library(eventail_build_flags INTERFACE)
target_compile_features(eventail_build_flags INTERFACE cxx_std_20)
target_compile_options(eventail_build_flags INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion
    -Wnon-virtual-dtor -Woverloaded-virtual
    # What locks guard: src/base/mutex.hpp says it, and only Clang asks.
    $<$<CXX_COMPILER_ID:Clang>:-Wthread-safety>
    $<$<BOOL:${EVENTAIL_WARNINGS_AS_ERRORS}>:-Werror>)

if(EVENTAIL_SANITIZE)
    target_compile_options(eventail_build_flags INTERFACE
        -fsanitize=${EVENTAIL_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_link_options(eventail_build_flags INTERFACE -fsanitize=${EVENTAIL_SANITIZE})
endif()

if(EVENTAIL_BUILD_FUZZERS)
    if(NOT CMAKE_CXX_COMPILER_ID MATCHES "Clang")
        message(FATAL_ERROR "EVENTAIL_BUILD_FUZZERS needs Clang: libFuzzer is part of it.")
    endif()
    target_compile_options(eventail_build_flags INTERFACE -fsanitize=fuzzer-no-link)
    target_link_options(eventail_build_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()

if(PROJECT_IS_TOP_LEVEL)
    set(CMAKE_CXX_EXTENSIONS OFF)
endif()
