#include "measurement.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <stdexcept>
#include <string>

namespace eventail::bench {
namespace {

double seconds_of(const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

/// The peak of resident memory. (The figure of getrusage() includes memory from before exec().)
double max_resident_mib() {
    std::ifstream file("/proc/self/status");
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with("VmHWM:")) return std::stod(line.substr(6)) / 1024;
    }
    return 0;
}

}  // namespace

double process_cpu_seconds() {
    rusage used = {};
    ::getrusage(RUSAGE_SELF, &used);
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
    if (!has_begun_) throw std::runtime_error("it ended before there was anything to measure");
    has_ended_ = true;
    wall_seconds_ =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
    cpu_seconds_ = process_cpu_seconds() - cpu_start_;
}

void Measurement::print(std::uint64_t messages, Figures more) const {
    std::printf(
        "{\"messages\": %llu, \"wall_seconds\": %.6f, \"cpu_seconds\": %.6f, \"max_rss_mib\": %.1f",
        static_cast<unsigned long long>(messages), wall_seconds_, cpu_seconds_, max_resident_mib());
    for (const auto& [name, value] : more) {
        std::printf(", \"%.*s\": %.9g", static_cast<int>(name.size()), name.data(), value);
    }
    std::printf("}\n");
    std::fflush(stdout);
}

}  // namespace eventail::bench
