// Runs a command of the shell: text in, text out.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace eventail::tools {

struct ProgramEnd {
    int exit_status = 0;  ///< as a shell has it: 128 plus the number of a signal
    std::string output = {};
    std::string errors = {};
};

/// Runs `sh -c command` with `input` as its standard input, and these variables besides those of
/// this process, which must ignore SIGPIPE. Waits for its end. Its signals are as if a shell had
/// started it.
/// @throws Error: it cannot be started, or says more than `most_bytes`
[[nodiscard]] ProgramEnd run_program(const std::string& command, std::string_view input,
                                     const std::map<std::string, std::string>& variables,
                                     std::size_t most_bytes);

}  // namespace eventail::tools
