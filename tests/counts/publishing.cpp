// A message's way out: encoded into the intake, sent from there, confirmed.
#include "counts/figures.hpp"
#include "counts/order.hpp"
#include "service/outlet.hpp"
#include "support/fake_broker.hpp"
#include <eventail/json.hpp>

#include <array>
#include <utility>
#include <vector>

namespace eventail::counts {
namespace {

using bus::LinkId;

/// `publish` puts one message into an intake, which is then emptied.
template <typename Publish>
void count_publishing(Meter& meter, Publish&& publish) {
    service::Outlet outlet{std::string(logical_service), {}, {}};
    bus::Intake::Batch batch;
    bus::SharedSegment segment;
    std::vector<bus::SharedSegment> released;
    while (meter.goes_on()) {
        meter.collect([&] {
            for (std::size_t i = 0; i < Meter::batch; ++i) publish(outlet);
        });

        outlet.exchange(released, batch);
        for (bus::Accepted& message : batch.messages) {
            if (!message.segment) continue;
            if (segment) released.push_back(std::move(segment));
            segment = std::move(message.segment);
        }
        batch.clear();
    }
}

void publish_one(service::Outlet& outlet, const Value& content, bus::IdDerivation* ids = nullptr) {
    const service::Draft draft(
        outlet, {.kind = bus::Kind::event, .name = order_name, .conversation_id = conversation_id},
        content, ids);
    outlet.accept(draft, bus::Retry::automatic);
}

/// A running worker with messages to send.
class Sending {
public:
    Sending() { broker_.is_consuming(); }

    void accept_batch() {
        for (std::size_t i = 0; i < Meter::batch; ++i) broker_.intake.append(frames_.view(), {});
    }

    void send_batch() {
        broker_.intake.take(batch_);
        broker_.worker.absorb(batch_);
        amqp::OutputQueue* const output = broker_.worker.output(LinkId::publishing, broker_.now);
        std::array<wire::Bytes, 64> views;
        output->gather(views);
        broker_.worker.written(LinkId::publishing, output->size_bytes(), broker_.now);
    }

    /// The broker's confirms for the batch.
    wire::Bytes confirms(bool is_each) {
        confirms_.clear();
        const std::uint64_t last = next_tag_ + Meter::batch - 1;
        for (std::uint64_t tag = is_each ? next_tag_ : last; tag <= last; ++tag) {
            wire::encode_method(confirms_, bus::Publisher::confirm_channel,
                                wire::BasicAck{.delivery_tag = tag, .multiple = !is_each});
        }
        next_tag_ = last + 1;
        return confirms_.view();
    }

    void take_confirms(wire::Bytes confirms) {
        broker_.worker.feed(LinkId::publishing, confirms, broker_.now);
        for (bus::SharedSegment& segment : broker_.worker.released()) {
            broker_.intake.release(std::move(segment));
        }
        broker_.worker.released().clear();
    }

private:
    test::FakeBroker broker_;
    bus::Intake::Batch batch_;
    wire::Buffer frames_ = order_frames();
    wire::Buffer confirms_;
    std::uint64_t next_tag_ = 1;
};

void count_confirming(Meter& meter, bool is_each) {
    Sending sending;
    while (meter.goes_on()) {
        sending.accept_batch();
        sending.send_batch();
        const wire::Bytes confirms = sending.confirms(is_each);
        meter.collect([&] { sending.take_confirms(confirms); });
    }
}

}  // namespace

void publish_list(Meter& meter) {
    const Order order;
    count_publishing(meter, [&order](service::Outlet& outlet) {
        bench::with_list(order, [&outlet](const Value& list) { publish_one(outlet, list); });
    });
}

void publish_described(Meter& meter) {
    const Order order;
    count_publishing(meter, [&order](service::Outlet& outlet) { publish_one(outlet, order); });
}

void publish_ready_bytes(Meter& meter) {
    const Payload payload = order_payload();
    count_publishing(meter, [&payload](service::Outlet& outlet) { publish_one(outlet, payload); });
}

void publish_tree(Meter& meter) {
    const json tree = order_payload().json();
    count_publishing(meter, [&tree](service::Outlet& outlet) { publish_one(outlet, tree); });
}

void publish_derived(Meter& meter) {
    const Payload payload = order_payload();
    count_publishing(meter, [&payload](service::Outlet& outlet) {
        bus::IdDerivation ids({.message_id = "0123456789abcdef-1234567", .queue = "shop.events"});
        publish_one(outlet, payload, &ids);
    });
}

void send(Meter& meter) {
    Sending sending;
    while (meter.goes_on()) {
        sending.accept_batch();
        meter.collect([&] { sending.send_batch(); });
        sending.take_confirms(sending.confirms(false));
    }
}

void confirm_each(Meter& meter) { count_confirming(meter, true); }
void confirm_many(Meter& meter) { count_confirming(meter, false); }

}  // namespace eventail::counts
