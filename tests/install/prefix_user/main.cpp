// A user's program with trees and a logger of its own, and with nlohmann and spdlog in a prefix.

#include <eventail/eventail.hpp>
#include <eventail/json.hpp>

#include <spdlog/sinks/null_sink.h>
#include <spdlog/spdlog.h>

#ifndef NLOHMANN_OF_THE_PREFIX
#error "eventail does not say where its nlohmann is"
#endif
#ifndef SPDLOG_OF_THE_PREFIX
#error "eventail does not say where its spdlog is"
#endif

int main() {
    spdlog::null_logger_mt("eventail");  // registers it
    const eventail::Payload payload = eventail::json{{"answer", 42}};

    return payload.json()["answer"] == 42 ? 0 : 1;
}
