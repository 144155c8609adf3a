#include "ours/workloads.hpp"
#include <eventail/broker.hpp>

#include <signal.h>
#include <sys/prctl.h>

#include <cstdio>

namespace eventail::bench {

void broker(const Arguments&) {
    sigset_t signals;
    ::sigemptyset(&signals);
    ::sigaddset(&signals, SIGTERM);
    ::sigprocmask(SIG_BLOCK, &signals, nullptr);
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    const EmbeddedBroker broker;
    std::printf("%u\n", static_cast<unsigned>(broker.port()));
    std::fflush(stdout);
    int signal = 0;
    ::sigwait(&signals, &signal);
}

}  // namespace eventail::bench
