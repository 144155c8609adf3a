#include "tools/interruption.hpp"

#include "tools/exit_status.hpp"
#include "tools/output.hpp"

#include <unistd.h>

#include <thread>
#include <utility>

namespace eventail::tools {

Interruption::Interruption(std::function<std::string()> account) {
    sigset_t signals = {};
    ::sigemptyset(&signals);
    for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
        struct sigaction action = {};
        ::sigaction(number, nullptr, &action);
        if (action.sa_handler != SIG_IGN) ::sigaddset(&signals, number);
    }
    ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    std::thread([signals, account = std::move(account)] {
        int number = 0;
        while (::sigwait(&signals, &number) != 0) {
        }
        const std::string text = account();
        if (!text.empty()) write_error_line(text);
        ::_exit(signalled + number);
    }).detach();
}

}  // namespace eventail::tools
