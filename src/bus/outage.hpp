// Decides what to say about connections: a line when they are made, when one is lost or not made,
// now and then while that lasts, and when they are back. Not a line for each attempt. Pure: the
// clock is passed in.
#pragma once

#include "base/time.hpp"
#include "bus/link_user.hpp"
#include "bus/notice.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace eventail::bus {

class Outage {
public:
    /// The pause before the second line about an outage. It doubles each time.
    static constexpr Duration first_pause = std::chrono::seconds{10};
    static constexpr Duration longest_pause = std::chrono::minutes{10};
    /// A connection lost sooner than this does not end the outage before it.
    static constexpr Duration lasting = std::chrono::seconds{10};

    /// An attempt to connect begins.
    void attempt(LinkId link, TimePoint now);
    /// The connection to `url` was lost, or not made. `what` says which of the two, and which
    /// connection; `why` is one line that names the url.
    std::optional<Notice> failed(std::size_t url, std::string_view what, std::string_view why,
                                 TimePoint now);
    /// All connections are usable; `where` names their urls.
    std::optional<Notice> connected(std::string_view where, TimePoint now);
    bool is_connected() const { return state_ == State::connected; }
    /// We close them ourselves: not an outage.
    void closed();

    /// Reports lines that only time makes due: that connections are back and have lasted.
    std::optional<Notice> tick(TimePoint now);
    std::optional<TimePoint> next_deadline() const;

private:
    enum class State : std::uint8_t { idle, connecting, connected, out };

    void begin_outage(TimePoint since);
    Notice word_of_outage(std::string_view what, std::string_view why, TimePoint now);
    Notice word_of_recovery(TimePoint now);
    std::string effort(TimePoint until) const;

    State state_ = State::idle;
    bool has_been_connected_ = false;
    bool is_spoken_of_ = false;   // of the outage, but not yet of its end
    bool does_not_last_ = false;  // a connection was made during this outage, and lost at once
    bool is_to_be_said_ = false;  // that all is well, once the connection has lasted
    std::string where_ = {};
    TimePoint since_ = {};  // the first attempt, or the loss
    TimePoint connected_at_ = {};
    TimePoint next_word_ = TimePoint::min();
    Duration pause_ = first_pause;
    std::array<std::size_t, both_links.size()> attempts_ = {};
    std::map<std::size_t, std::string> reasons_;  // the latest one for each url
};

}  // namespace eventail::bus
