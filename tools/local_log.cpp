#include "tools/local_log.hpp"

#include <spdlog/sinks/null_sink.h>
#include <spdlog/spdlog.h>

#include <memory>

namespace eventail::tools {

void silence_local_log() {
    const auto sink = std::make_shared<spdlog::sinks::null_sink_mt>();
    spdlog::register_logger(std::make_shared<spdlog::logger>("eventail", sink));
}

}  // namespace eventail::tools
