#include "broker/peer/faults.hpp"

#include <algorithm>
#include <limits>

namespace eventail::broker {

void FaultScript::set(const ConnectionFaults& faults, PeerOutput& output) {
    constexpr std::uint64_t never = std::numeric_limits<std::uint64_t>::max();
    const auto limit = [](std::uint64_t so_far, const std::optional<std::uint64_t>& more) {
        return more && *more < never - so_far ? so_far + *more : never;
    };
    faults_ = faults;
    read_bytes_ = 0;
    read_frames_ = 0;
    may_hold_confirms_ = may_hold_confirms_ || faults.confirms == ConfirmFault::delay ||
                         faults.confirms == ConfirmFault::reorder;
    output.limit_bytes(limit(output.written_bytes(), faults.cut_after_bytes_written));
    output.limit_frames(limit(output.appended_frames(), faults.cut_after_frames_written));
}

std::size_t FaultScript::admit_bytes(std::size_t count) {
    if (faults_.cut_after_bytes_read) {
        const std::uint64_t left =
            *faults_.cut_after_bytes_read - std::min(read_bytes_, *faults_.cut_after_bytes_read);
        count = static_cast<std::size_t>(std::min<std::uint64_t>(count, left));
    }
    read_bytes_ += count;
    return count;
}

void FaultScript::count_frame() { ++read_frames_; }

bool FaultScript::is_out_of_frames() const {
    return faults_.cut_after_frames_read && read_frames_ >= *faults_.cut_after_frames_read;
}

bool FaultScript::is_out_of_bytes() const {
    return faults_.cut_after_bytes_read && read_bytes_ >= *faults_.cut_after_bytes_read;
}

}  // namespace eventail::broker
