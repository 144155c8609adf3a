#include "tools/local_log.hpp"

#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>

#include <memory>
#include <mutex>

namespace eventail::tools {

namespace {

class Complaints final : public spdlog::sinks::base_sink<std::mutex> {
public:
    std::string last() {
        const std::lock_guard lock(mutex_);
        return last_;
    }

private:
    void sink_it_(const spdlog::details::log_msg& message) override {
        if (message.level < spdlog::level::warn) return;
        last_.assign(message.payload.data(), message.payload.size());
    }
    void flush_() override {}

    std::string last_;
};

std::shared_ptr<Complaints>& complaints() {
    static auto* const kept = new auto(std::make_shared<Complaints>());
    return *kept;
}

}  // namespace

void silence_local_log() {
    spdlog::register_logger(std::make_shared<spdlog::logger>("eventail", complaints()));
}

std::string last_complaint() { return complaints()->last(); }

}  // namespace eventail::tools
