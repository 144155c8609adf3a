#include "bus/outage.hpp"

#include "bus/wording.hpp"

#include <algorithm>
#include <utility>

namespace eventail::bus {

void Outage::attempt(LinkId link, TimePoint now) {
    if (state_ == State::idle) {
        begin_outage(now);
        state_ = State::connecting;
    }
    if (state_ != State::connected) ++attempts_[static_cast<std::size_t>(link)];
}

void Outage::begin_outage(TimePoint since) {
    since_ = since;
    is_spoken_of_ = does_not_last_ = false;
    next_word_ = TimePoint::min();
    pause_ = first_pause;
    attempts_ = {};
    reasons_.clear();
}

std::optional<Notice> Outage::failed(std::size_t url, std::string_view what, std::string_view why,
                                     TimePoint now) {
    if (state_ == State::connected) {
        if (now >= connected_at_ + lasting) {
            begin_outage(now);
        } else {
            does_not_last_ = true;
        }
    }
    state_ = State::out;
    is_to_be_said_ = false;
    reasons_[url] = why;
    if (now < next_word_) return std::nullopt;
    return word_of_outage(what, why, now);
}

Notice Outage::word_of_outage(std::string_view what, std::string_view why, TimePoint now) {
    Notice notice{.severity = Severity::warning};
    if (!std::exchange(is_spoken_of_, true)) {
        notice.text = std::string(what) + ": " + std::string(why);
    } else {
        notice.text = does_not_last_ ? "no lasting connection" : "not connected";
        notice.text += " for " + effort(now);
        std::string_view before = ": ";
        for (const auto& [url, reason] : reasons_) {
            notice.text += before;
            notice.text += reason;
            before = " | ";
        }
    }
    next_word_ = now + pause_;
    pause_ = std::min(2 * pause_, longest_pause);
    return notice;
}

std::optional<Notice> Outage::connected(std::string_view where, TimePoint now) {
    if (state_ == State::connected) return std::nullopt;
    state_ = State::connected;
    connected_at_ = now;
    where_ = where;
    is_to_be_said_ = does_not_last_;
    if (is_to_be_said_) return std::nullopt;
    return word_of_recovery(now);
}

Notice Outage::word_of_recovery(TimePoint now) {
    const bool was_easy = !has_been_connected_ && !is_spoken_of_;
    Notice notice{.text = has_been_connected_ ? "connected again to " : "connected to "};
    notice.text += where_;
    // It is said late, once the connection has lasted.
    if (now > connected_at_) notice.text += ' ' + duration_text(now - connected_at_) + " ago,";
    if (!was_easy) notice.text += " after " + effort(connected_at_);
    has_been_connected_ = true;
    is_spoken_of_ = is_to_be_said_ = false;
    return notice;
}

std::string Outage::effort(TimePoint until) const {
    const std::size_t attempts = std::max(std::size_t{1}, *std::ranges::max_element(attempts_));
    return duration_text(until - since_) + ", " + plural(attempts, "attempt");
}

void Outage::closed() {
    state_ = State::idle;
    has_been_connected_ = is_to_be_said_ = false;
}

std::optional<Notice> Outage::tick(TimePoint now) {
    const std::optional<TimePoint> due = next_deadline();
    if (!due || now < *due) return std::nullopt;
    does_not_last_ = false;
    return word_of_recovery(now);
}

std::optional<TimePoint> Outage::next_deadline() const {
    if (!is_to_be_said_) return std::nullopt;
    return connected_at_ + lasting;
}

}  // namespace eventail::bus
