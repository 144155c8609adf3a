// News from the connections: what the worker reports to its shell.
#include "bus/interpret.hpp"
#include "bus/worker.hpp"

#include <utility>

namespace eventail::bus {

void Worker::take_consumer_news(TimePoint now) {
    const Consumer::Stage stage = consumer_.stage();
    if (stage == Consumer::Stage::consuming) has_started_consuming_ = true;
    if (stage == Consumer::Stage::consuming || stage == Consumer::Stage::unconfigured) {
        link_of(LinkId::consuming).was_usable = true;
        note_usable(now);
    }
    if (std::optional<ConsumerNews> news = consumer_.take_news()) hear(*std::move(news), now);
    advance(now);
}

void Worker::hear(ConsumerNews news, TimePoint now) {
    for (Notice& each : news.notices) notice(now, std::move(each));
    if (news.was_restarted) begin_channel_life();
    if (news.refusal) fail_refused(*news.refusal, LinkId::consuming, now);
    for (const Poison& poison : news.poisons) {
        notice_each(poison.subject,
                    {.severity = Severity::emergency, .text = "dead-lettered: " + poison.reason},
                    now);
    }
}

void Worker::take_publisher_news(TimePoint now) {
    if (publisher_.is_ready()) {
        link_of(LinkId::publishing).was_usable = true;
        note_usable(now);
    }
    if (std::optional<PublisherNews> news = publisher_.take_news()) hear(*std::move(news), now);
}

void Worker::hear(PublisherNews news, TimePoint now) {
    for (Notice& each : news.notices) notice(now, std::move(each));
    if (news.refusal) fail_refused(*news.refusal, LinkId::publishing, now);
    for (PublisherNews::Returned& each : news.returned) returned_.push_back(std::move(each));
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
