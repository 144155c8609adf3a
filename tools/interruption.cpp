#include "tools/interruption.hpp"

#include "tools/exit_status.hpp"
#include "tools/output.hpp"

#include <signal.h>
#include <unistd.h>

#include <thread>
#include <utility>

namespace eventail::tools {

void on_stop_signal(std::function<void(int)> act) {
    sigset_t signals = {};
    ::sigemptyset(&signals);
    for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
        struct sigaction action = {};
        ::sigaction(number, nullptr, &action);
        if (action.sa_handler != SIG_IGN) ::sigaddset(&signals, number);
    }
    ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    std::thread([signals, act = std::move(act)] {
        for (;;) {
            int number = 0;
            if (::sigwait(&signals, &number) == 0) act(number);
        }
    }).detach();
}

void end_on_stop_signal(std::function<std::string()> account) {
    on_stop_signal([account = std::move(account)](int number) {
        write_error_line(account());
        ::_exit(signalled + number);
    });
}

}  // namespace eventail::tools
