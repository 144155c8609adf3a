// Messages that make the broker close the publishing channel; none of our verbs writes them. So the
// test drives a worker by hand, over real connections. (protocol.md, "Acknowledgement")
#include "bus/worker.hpp"
#include "contract/service_fixture.hpp"
#include "service/driver.hpp"
#include "wire/methods.hpp"

#include <algorithm>
#include <functional>
#include <set>
#include <string>
#include <vector>

namespace eventail::test {
namespace {

/// A service without its shell, in the test's thread: it can publish anything.
class BareService {
public:
    BareService(const std::string& url, const std::string& logical_service,
                const std::string& event_key)
        : worker_({.consumer = {.topology = bus::plan_topology({.logical_service = logical_service,
                                                                .event_keys = {event_key}}),
                                .prefetch_count = 20},
                   .publisher = {.message_id_prefix = logical_service},
                   .url_names = {url}}),
          id_prefix_(logical_service),
          driver_({.urls = {net::parse_url(url)}, .connection_name = logical_service}, worker_,
                  {bus::LinkId::consuming, bus::LinkId::publishing}, wakeup_) {
        worker_.begin_run(Clock::now());
    }

    /// Publishes an event with these properties and the usual ones. @return its message id
    std::string publish(std::string_view name, wire::Properties properties = {}) {
        const std::uint64_t counter = ++counter_;
        const std::string id = id_prefix_ + "-" + std::to_string(counter);
        wire::Table headers;
        headers.set("conversation_id", "c-1");
        properties.headers = headers.view();
        properties.content_type = "application/json";
        properties.delivery_mode = std::uint8_t{2};
        properties.message_id = id;
        constexpr std::string_view body = "{}";
        wire::Buffer frames;
        wire::encode_method(frames, bus::Publisher::confirm_channel,
                            wire::BasicPublish{.exchange = "events", .routing_key = name});
        wire::encode_content_header(frames, bus::Publisher::confirm_channel,
                                    {.body_size = body.size(), .properties = properties});
        wire::encode_body(frames, bus::Publisher::confirm_channel, wire::as_bytes(body),
                          bus::Publisher::message_frame_bytes);
        intake_.append(frames.view(), {.key = counter});
        return id;
    }

    /// Goes on until the condition holds. @return whether it did in time
    template <typename Condition>
    bool run_until(Condition condition) {
        return eventually([&] {
            step();
            return condition();
        });
    }

    /// Drains and closes. @return how many messages were abandoned
    std::size_t stop() {
        worker_.stop(Clock::now(), false);
        EXPECT_TRUE(run_until([&] { return worker_.is_finished(); }));
        return worker_.run_end().abandoned;
    }

    std::uint64_t resent() const { return worker_.resent(); }

    bool is_ready = false;
    std::function<void(const Event&)> handle = {};
    std::vector<ReturnedMessage> came_back = {};
    std::vector<std::string> emergencies = {};

private:
    void step() {
        exchange_with_intake();
        driver_.step(Clock::now() + 20ms);
        while (const bus::Job* const job =
                   worker_.next_job(intake_.next_sequence(), Clock::now())) {
            is_ready |= std::holds_alternative<bus::Ready>(job->work);
            if (const auto* event = std::get_if<Event>(&job->work)) handle(*event);
            if (const auto* returned = std::get_if<bus::ReturnedJob>(&job->work)) {
                came_back.push_back(returned->message);
            }
            worker_.job_ended(*job, {}, intake_.next_sequence(), Clock::now());
        }
        for (const bus::Notice& notice : std::exchange(worker_.notices(), {})) {
            if (notice.severity == Severity::emergency) emergencies.push_back(notice.text);
        }
    }
    void exchange_with_intake() {
        for (bus::SharedSegment& segment : std::exchange(worker_.released(), {})) {
            intake_.release(std::move(segment));
        }
        intake_.take(batch_);
        worker_.absorb(batch_);
    }

    bus::Intake intake_{{}};
    bus::Intake::Batch batch_;
    bus::Worker worker_;
    std::string id_prefix_;
    service::Wakeup wakeup_;
    service::Driver driver_;
    std::uint64_t counter_ = 0;
};

class ServiceRefusedMessage : public ServiceTest {
protected:
    using Ids = std::set<std::string>;

    /// The ids in the queue, once it holds all of these; duplicates do not matter.
    Ids heard(const Ids& expected) {
        Ids ids;
        EXPECT_TRUE(service.run_until([&] {
            while (const auto message = probe().get(queue)) ids.insert(message->message_id());
            return std::includes(ids.begin(), ids.end(), expected.begin(), expected.end());
        })) << ids.size()
            << " of " << expected.size();
        return ids;
    }

    const std::string queue = listen("events", key("Out"));
    BareService service{broker.url(), name, key("In")};
};

TEST_F(ServiceRefusedMessage, a_bad_expiration_costs_one_message_and_holds_back_no_input) {
    constexpr int inputs = 10;
    Ids good;
    std::string culprit;
    int handled = 0;
    service.handle = [&](const Event& event) {
        good.insert(service.publish(key("Out")));
        if (event.payload["n"].get<int>() == inputs / 2) {
            culprit = service.publish(key("Out"), {.expiration = "soon"});
            good.insert(service.publish(key("Out")));
        }
        ++handled;
    };

    ASSERT_TRUE(service.run_until([&] { return service.is_ready; }));
    for (int i = 0; i < inputs; ++i) {
        send("events", key("In"), {.body = R"({"n":)" + std::to_string(i) + "}"});
    }
    ASSERT_TRUE(service.run_until([&] { return !service.came_back.empty(); }));
    const Ids arrived = heard(good);
    const std::size_t abandoned = service.stop();

    EXPECT_EQ(arrived, good);
    EXPECT_EQ(handled, inputs);
    ASSERT_EQ(service.came_back.size(), 1u);
    const ReturnedMessage& refused = service.came_back.front();
    EXPECT_EQ(refused.metadata.message_id, culprit);
    EXPECT_EQ(refused.metadata.expiration, "soon");
    EXPECT_EQ(refused.reply_code, 406);
    EXPECT_NE(refused.reply_text.find("invalid expiration"), std::string::npos);
    EXPECT_EQ(service.emergencies.size(), 1u);
    EXPECT_EQ(abandoned, 0u);
    EXPECT_EQ(probe().message_count(name + ".events"), 0u) << "an input was not acknowledged";
}

TEST_F(ServiceRefusedMessage, a_wrong_user_id_among_many_is_found_and_the_others_keep_their_ids) {
    Ids good;
    Ids culprits;
    for (int i = 0; i < 100; ++i) {
        if (i % 40 == 20) culprits.insert(service.publish(key("Out"), {.user_id = "nobody"}));
        good.insert(service.publish(key("Out"), {.user_id = "guest"}));
    }

    ASSERT_TRUE(service.run_until([&] { return service.came_back.size() >= culprits.size(); }));
    const Ids arrived = heard(good);
    const std::size_t abandoned = service.stop();

    EXPECT_EQ(arrived, good);
    Ids refused;
    for (const ReturnedMessage& each : service.came_back) {
        refused.insert(each.metadata.message_id);
        EXPECT_EQ(each.reply_code, 406);
        EXPECT_NE(each.reply_text.find("user_id"), std::string::npos) << each.reply_text;
    }
    EXPECT_EQ(refused, culprits);
    EXPECT_EQ(service.came_back.size(), culprits.size()) << "one was reported twice";
    EXPECT_EQ(service.emergencies.size(), culprits.size());
    // Each culprit is sent twice, and the first one causes everything under way behind it to be
    // resent.
    EXPECT_GE(service.resent(), good.size() / 2);
    EXPECT_EQ(abandoned, 0u);
}

}  // namespace
}  // namespace eventail::test
