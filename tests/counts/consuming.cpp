// A message's way in: from the bytes of a read to a job, and from its end to the bytes of its
// acknowledgement.
#include "bus/dispatch.hpp"
#include "counts/figures.hpp"
#include "counts/order.hpp"
#include "support/fake_broker.hpp"
#include "wire/big_endian.hpp"
#include <eventail/service.hpp>

#include <array>
#include <functional>
#include <stdexcept>

namespace eventail::counts {
namespace {

using bus::LinkId;

/// A running worker, and its deliveries.
class Receiving {
public:
    Receiving() : broker_({.event_keys = {std::string(order_name)}, .prefetch_count = 256}) {
        broker_.is_consuming();
        const wire::Buffer published = order_frames();
        // Deliveries carry header and body as published; only the method differs.
        const std::size_t method_bytes =
            wire::load_big_endian<std::uint32_t>(published.data() + 3) + wire::frame_overhead_bytes;
        content_.append(published.view().subspan(method_bytes));
    }

    /// Enough deliveries to fill a read.
    wire::Bytes deliveries() {
        read_.clear();
        for (std::size_t i = 0; i < Meter::batch; ++i) {
            wire::encode_method(
                read_, bus::Consumer::channel,
                wire::BasicDeliver{.consumer_tag = bus::consumer_tag_of(bus::Source::events),
                                   .delivery_tag = next_tag_++,
                                   .exchange = "events",
                                   .routing_key = order_name});
            read_.append(content_.view());
        }
        return read_.view();
    }

    void feed(wire::Bytes bytes) { broker_.worker.feed(LinkId::consuming, bytes, broker_.now); }

    void begin_job() {
        job_ = broker_.worker.next_job(1, broker_.now);
        if (job_ == nullptr) throw std::logic_error("a delivery that is no job");
    }

    void end_job() { broker_.worker.job_ended(*job_, {}, 1, broker_.now); }

    void write_acknowledgements() {
        broker_.worker.absorb(nothing_published_);
        amqp::OutputQueue* const output = broker_.worker.output(LinkId::consuming, broker_.now);
        std::array<wire::Bytes, 64> views;
        if (output->gather(views) == 0) throw std::logic_error("nothing is acknowledged");
        broker_.worker.written(LinkId::consuming, output->size_bytes(), broker_.now);
    }

private:
    test::FakeBroker broker_;
    bus::Intake::Batch nothing_published_;
    wire::Buffer content_;
    wire::Buffer read_;
    std::uint64_t next_tag_ = 1;
    const bus::Job* job_ = nullptr;
};

}  // namespace

void read_delivery(Meter& meter) {
    Receiving receiving;
    while (meter.goes_on()) {
        const wire::Bytes bytes = receiving.deliveries();
        meter.collect([&] { receiving.feed(bytes); });
        for (std::size_t i = 0; i < Meter::batch; ++i) {
            meter.collect([&] { receiving.begin_job(); });
            receiving.end_job();
        }
        receiving.write_acknowledgements();
    }
}

void find_handler(Meter& meter) {
    bus::Dispatch<std::function<Ack(const Event&)>> handlers(bus::Matching::whole_key);
    const auto accept = [](const Event&) { return Ack::automatic; };
    for (const char* const key : {"OrderPaid", "OrderPlaced", "OrderShipped"}) {
        handlers.add(key, accept);
    }
    const Event event{{.name = std::string(order_name)}};
    while (meter.goes_on()) {
        meter.collect([&] {
            for (std::size_t i = 0; i < Meter::batch; ++i) (*handlers.find(event.name))(event);
        });
    }
}

void acknowledge(Meter& meter) {
    Receiving receiving;
    while (meter.goes_on()) {
        receiving.feed(receiving.deliveries());
        for (std::size_t i = 0; i < Meter::batch; ++i) {
            receiving.begin_job();
            meter.collect([&] { receiving.end_job(); });
        }
        meter.collect([&] { receiving.write_acknowledgements(); });
    }
}

}  // namespace eventail::counts
