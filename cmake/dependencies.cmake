# What the library stands on. The same list is in eventailConfig.cmake.in and in eventail.pc.in.
# Debian bookworm has two Boosts; the version keeps the older one out.

find_package(Boost 1.81 CONFIG REQUIRED COMPONENTS url)
find_package(OpenSSL 3.0 REQUIRED COMPONENTS SSL)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(spdlog REQUIRED)
find_package(Threads REQUIRED)
# It comes without a CMake package. Only the broker uses it.
find_path(EVENTAIL_PCRE2_INCLUDE_DIR pcre2.h REQUIRED)
find_library(EVENTAIL_PCRE2_LIBRARY pcre2-8 REQUIRED)
# The same, and only for the store.
if(EVENTAIL_BUILD_STORE)
    find_path(EVENTAIL_HIREDIS_INCLUDE_DIR hiredis/hiredis.h REQUIRED)
    find_library(EVENTAIL_HIREDIS_LIBRARY hiredis REQUIRED)
endif()
