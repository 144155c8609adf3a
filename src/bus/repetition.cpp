#include "bus/repetition.hpp"

#include "bus/wording.hpp"

#include <algorithm>
#include <utility>

namespace eventail::bus {

std::optional<Notice> Repetition::filter(const std::string& subject, Notice notice, TimePoint now) {
    auto at = subjects_.find(subject);
    if (at == subjects_.end()) {
        const bool is_one_too_many = subjects_.size() >= most_subjects;
        const bool is_new = subjects_.try_emplace(is_one_too_many ? std::string() : subject).second;
        at = subjects_.find(is_one_too_many ? std::string() : subject);
        at->second.is_mixed = is_one_too_many;
        if (is_new) {
            at->second.due = now + pause;
            return notice;
        }
    }
    ++at->second.withheld;
    at->second.latest = std::move(notice);
    return std::nullopt;
}

std::vector<Notice> Repetition::take_due(TimePoint now, bool all) {
    std::vector<Notice> said;
    for (auto at = subjects_.begin(); at != subjects_.end();) {
        Subject& subject = at->second;
        if (!all && now < subject.due) {
            ++at;
        } else if (subject.withheld == 0) {
            at = subjects_.erase(at);
        } else {
            Notice notice = std::exchange(subject.latest, {});
            notice.text += subject.is_mixed ? " (the latest of " : " (";
            notice.text += plural(std::exchange(subject.withheld, 0), "more line");
            notice.text += subject.is_mixed ? " of many kinds within a second)"
                                            : " like this within a second)";
            said.push_back(std::move(notice));
            subject.due = now + pause;
            ++at;
        }
    }
    return said;
}

std::optional<TimePoint> Repetition::next_deadline() const {
    std::optional<TimePoint> earliest;
    for (const auto& [name, subject] : subjects_) {
        if (!earliest || subject.due < *earliest) earliest = subject.due;
    }
    return earliest;
}

}  // namespace eventail::bus
