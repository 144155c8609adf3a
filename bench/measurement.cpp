#include "measurement.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>

namespace eventail::bench {
namespace {

double seconds_of(const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

rusage usage() {
    rusage result = {};
    ::getrusage(RUSAGE_SELF, &result);
    return result;
}

}  // namespace

double process_cpu_seconds() {
    const rusage used = usage();
    return seconds_of(used.ru_utime) + seconds_of(used.ru_stime);
}

std::size_t resident_bytes() {
    std::ifstream file("/proc/self/statm");
    std::size_t total_pages = 0;
    std::size_t resident_pages = 0;
    file >> total_pages >> resident_pages;
    return resident_pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

void Measurement::begin() {
    has_begun_ = true;
    cpu_start_ = process_cpu_seconds();
    start_ = std::chrono::steady_clock::now();
}

void Measurement::end() {
    if (has_ended_) return;
    has_ended_ = true;
    wall_seconds_ =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
    cpu_seconds_ = process_cpu_seconds() - cpu_start_;
}

void Measurement::print(std::uint64_t messages, Figures more) const {
    const double max_rss_mib = static_cast<double>(usage().ru_maxrss) / 1024;
    std::printf(
        "{\"messages\": %llu, \"wall_seconds\": %.6f, \"cpu_seconds\": %.6f, \"max_rss_mib\": %.1f",
        static_cast<unsigned long long>(messages), wall_seconds_, cpu_seconds_, max_rss_mib);
    for (const auto& [name, value] : more) {
        std::printf(", \"%.*s\": %.9g", static_cast<int>(name.size()), name.data(), value);
    }
    std::printf("}\n");
    std::fflush(stdout);
}

}  // namespace eventail::bench
