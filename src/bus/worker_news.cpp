// News from the connections: what the worker tells its shell of them.
#include "bus/interpret.hpp"
#include "bus/wording.hpp"
#include "bus/worker.hpp"

#include <utility>

namespace eventail::bus {

void Worker::take_consumer_news(TimePoint now) {
    for (std::string& text : std::exchange(consumer_.warnings(), {})) {
        notice(now, Severity::warning, std::move(text));
    }
    if (consumer_.take_restarted()) {
        is_unconfigured_told_ = is_ready_told_ = is_ready_done_ = false;
    }
    const Consumer::Stage stage = consumer_.stage();
    if (stage == Consumer::Stage::consuming) has_started_consuming_ = true;
    if (stage == Consumer::Stage::consuming || stage == Consumer::Stage::unconfigured) {
        link_of(LinkId::consuming).was_usable = true;
        note_usable(now);
    }
    if (auto refusal = std::exchange(consumer_.refusal(), std::nullopt)) {
        fail_refused(*refusal, LinkId::consuming, now);
    }
    for (const Poison& poison : std::exchange(consumer_.poisons(), {})) {
        notice_each(poison.subject,
                    {.severity = Severity::emergency, .text = "dead-lettered: " + poison.reason},
                    now);
    }
    advance(now);
}

void Worker::take_publisher_news(TimePoint now) {
    for (Notice& each : std::exchange(publisher_.notices(), {})) {
        notice(now, std::move(each));
    }
    if (auto refusal = std::exchange(publisher_.refusal(), std::nullopt)) {
        fail_refused(*refusal, LinkId::publishing, now);
    }
    if (publisher_.is_ready()) {
        link_of(LinkId::publishing).was_usable = true;
        note_usable(now);
    }
    const bool is_blocked = publisher_.is_blocked();
    if (is_blocked != was_blocked_ && publisher_.is_up()) {
        notice(now, alarm_notice(is_blocked, publisher_.blocked_reason()));
    }
    was_blocked_ = is_blocked;
}

void Worker::note_usable(TimePoint now) {
    const bool is_all =
        consumer_.is_up() && link_of(LinkId::consuming).was_usable && publisher_.is_ready();
    if (!is_all || stop_requested_ || outage_.is_connected()) return;
    const std::size_t consuming = link_of(LinkId::consuming).url;
    const std::size_t publishing = link_of(LinkId::publishing).url;
    if (consuming == publishing)
        return notice(now, outage_.connected(options_.url_names[consuming], now));
    notice(now, outage_.connected(options_.url_names[consuming] + ", publishing to " +
                                      options_.url_names[publishing],
                                  now));
}

void Worker::fail_refused(const Refusal& refusal, LinkId link, TimePoint now) {
    fail(refusal.error(), refusal.explain(options_.url_names[link_of(link).url]), now);
}

}  // namespace eventail::bus
