// Catches the library's local log (spdlog's logger "eventail") while this object lives.
#pragma once

#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace eventail::test {

class LocalLog {
public:
    LocalLog() : sink_(std::make_shared<Sink>()) {
        spdlog::drop("eventail");
        spdlog::register_logger(std::make_shared<spdlog::logger>("eventail", sink_));
    }
    ~LocalLog() { spdlog::drop("eventail"); }
    LocalLog(const LocalLog&) = delete;
    LocalLog& operator=(const LocalLog&) = delete;

    /// How many lines contain this.
    std::size_t count(std::string_view text) const {
        const std::vector<std::string> lines = sink_->lines();
        return static_cast<std::size_t>(std::count_if(
            lines.begin(), lines.end(),
            [text](const std::string& line) { return line.find(text) != std::string::npos; }));
    }
    bool has(std::string_view text) const { return count(text) > 0; }

    /// The whole log, for the message of a failing test.
    std::string text() const {
        std::string all;
        for (const std::string& line : sink_->lines()) all += line + "\n";
        return all;
    }

private:
    class Sink final : public spdlog::sinks::base_sink<std::mutex> {
    public:
        std::vector<std::string> lines() {
            const std::lock_guard lock(mutex_);
            return lines_;
        }

    private:
        void sink_it_(const spdlog::details::log_msg& message) override {
            lines_.emplace_back(message.payload.begin(), message.payload.end());
        }
        void flush_() override {}

        std::vector<std::string> lines_;
    };

    std::shared_ptr<Sink> sink_;
};

}  // namespace eventail::test
