#include "service/home_process.hpp"

#include "base/forks.hpp"
#include "base/standard_streams.hpp"
#include "service/local_log.hpp"

namespace eventail::service {

HomeProcess::HomeProcess() noexcept : generation_(fork_count()) {
    occupy_standard_streams();
    prepare_local_log();
}

bool HomeProcess::is_left() const noexcept { return generation_ != fork_count(); }

void HomeProcess::refuse(const std::string& what) {
    throw Error(Errc::forked,
                what + " belongs to the process that forked: make one after the fork");
}

}  // namespace eventail::service
