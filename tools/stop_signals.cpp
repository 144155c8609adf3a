#include "tools/stop_signals.hpp"

namespace eventail::tools {

StopSignals::StopSignals() {
    ::sigemptyset(&signals_);
    for (const int number : {SIGINT, SIGTERM, SIGHUP}) ::sigaddset(&signals_, number);
    ::pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
    ::signal(SIGPIPE, SIG_IGN);
}

std::string_view StopSignals::wait() const {
    int number = 0;
    while (::sigwait(&signals_, &number) != 0) {
    }
    if (number == SIGINT) return "SIGINT";
    return number == SIGTERM ? "SIGTERM" : "SIGHUP";
}

}  // namespace eventail::tools
