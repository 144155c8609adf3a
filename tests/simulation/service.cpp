// The life of a process: runs, links, time. service_handlers.cpp decides what handlers do.
#include "simulation/service.hpp"

#include "base/assert.hpp"
#include "bus/topology.hpp"

#include <algorithm>
#include <utility>

namespace eventail::simulation {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t max_intake_bytes = 512 * 1024;
// The most that a connection holds for its socket: the publisher's high-water mark and a message.
constexpr std::size_t max_output_bytes = 1024 * 1024;
// In each step it would take a sixth more time.
constexpr std::uint64_t steps_between_looks = 8;
// The most that closing takes beyond the drain deadline.
constexpr Duration closing_grace = 2s;

std::size_t index(bus::LinkId link) { return static_cast<std::size_t>(link); }

// Only then do others derive ids from its own.
std::string prefix_like_ours(std::size_t number, std::uint64_t lives) {
    const std::string digits = std::to_string(number) + "a" + std::to_string(lives);
    return std::string(16 - digits.size(), '0') + digits;
}

}  // namespace

Service::Process::Process(bus::WorkerOptions options, std::size_t number_of_incarnation,
                          std::string id_prefix, std::uint32_t seed)
    : incarnation(number_of_incarnation),
      prefix(std::move(id_prefix)),
      intake({.max_bytes = max_intake_bytes}),
      worker(std::move(options)),
      backoff(30s, seed) {}

Service::Service(const Role& role, std::size_t number, const Schedule& schedule, Broker& broker,
                 Witness& witness, const TimePoint& now)
    : role_(role),
      number_(number),
      schedule_(schedule),
      broker_(broker),
      witness_(witness),
      now_(now),
      dice_(Dice(schedule.seed).about(role.service).about(number)),
      revived_at_(now) {}

Service::~Service() = default;

void Service::begins_process() {
    ++lives_;
    revived_at_.reset();
    std::string prefix = role_.service + std::to_string(number_) + "." + std::to_string(lives_);
    if (role_.derives_ids) prefix = prefix_like_ours(number_, lives_);
    const auto seed = static_cast<std::uint32_t>(dice_.about(lives_).next());
    bus::WorkerOptions options;
    options.consumer.topology = bus::plan_topology({.logical_service = role_.service,
                                                    .event_keys = role_.event_keys,
                                                    .command_keys = role_.command_keys,
                                                    .config_keys = role_.config_keys,
                                                    .exclusive = role_.has_exclusive_queues});
    options.consumer.prefetch_count =
        std::max(role_.prefetch_count, static_cast<std::uint16_t>(role_.handler_threads));
    options.publisher.message_id_prefix = prefix;
    options.publisher.blocked_timeout = 60s;
    options.url_names = {"amqp://simulated"};
    options.drain_timeout = schedule_.drain_timeout;
    options.seed = seed;
    process_ =
        std::make_unique<Process>(std::move(options), witness_.new_incarnation(), prefix, seed);
    witness_.note("process", prefix);
    if (role_.has_functions) process_->next_function = now_;
    begins_run();
}

void Service::begins_run() {
    process_->worker.begin_run(
        now_, role_.is_supervised ? bus::WhenLost::connects_again : bus::WhenLost::ends);
}

void Service::step() {
    if (!is_touched_ && (!deadline_ || *deadline_ > now_)) return;
    is_touched_ = false;
    does_everything();
    if (process_) {
        check_ready();
        falls_asleep();
    }
    deadline_ = earliest_deadline();
}

// The shell sleeps now, unless a deadline has passed: then nothing may be left that it could do.
void Service::falls_asleep() {
    Process& process = *process_;
    ++step_count_;
    EVENTAIL_ASSERT(step_count_ % steps_between_looks != 0 || process.worker.is_consistent(),
                    "counts and lists of worker, outbox and ledger agree");
    for (const bus::LinkId link : bus::both_links) {
        const Line* const line = process.lines[index(link)];
        if (line == nullptr) continue;
        const amqp::OutputQueue* const output = process.worker.output(link, now_);
        if (output == nullptr || output->empty() || line->up.room() == 0) continue;
        witness_.violation(process.prefix + " sleeps on output");
    }
    const std::optional<TimePoint> deadline = process.worker.next_deadline();
    if (deadline && *deadline <= now_) return;
    const bool is_over = process.next_run || process.worker.is_finished();
    // All that time alone decides is done: another look at the same time changes nothing.
    if (!is_over) process.worker.tick(now_);
    const bool has_thread =
        process.waiting.empty() && process.running.size() < role_.handler_threads;
    if (!is_over && has_thread && process.worker.has_job()) {
        witness_.violation(process.prefix + " sleeps on a job");
    }
    if (!process.worker.notices().empty()) {
        witness_.violation(process.prefix + " sleeps on a notice");
    }
    if (!process.worker.released().empty()) {
        witness_.violation(process.prefix + " sleeps on memory that it could give back");
    }
    for (const bus::LinkId link : bus::both_links) {
        const bool wants_link = process.worker.wants_disconnect(link) ||
                                (!is_over && process.worker.wants_connect(link, now_));
        if (wants_link) witness_.violation(process.prefix + " sleeps on a link");
    }
    if (process.worker.next_deadline() != deadline) {
        witness_.violation(process.prefix + " sleeps on a deadline");
    }
}

void Service::does_everything() {
    if (!process_ && revived_at_ && *revived_at_ <= now_) begins_process();
    bool has_more = true;
    while (process_ && has_more) {
        has_more = advances_run();
        if (!process_) return;
        absorbs();
        has_more |= settles_late();
        for (const bus::LinkId link : bus::both_links) has_more |= connects(link);
        process_->worker.tick(now_);
        has_more |= acts();
        has_more |= takes_calls();
        has_more |= begins_calls();
        absorbs();
        for (const bus::LinkId link : bus::both_links) has_more |= writes(link);
        for (const bus::LinkId link : bus::both_links) has_more |= disconnects(link);
        has_more |= !process_->next_run && process_->worker.is_finished();
    }
}

// @return whether another run begins or the process ended
bool Service::advances_run() {
    Process& process = *process_;
    for (const bus::Notice& notice : std::exchange(process.worker.notices(), {})) logs(notice);
    if (process.stop_limit && now_ > *process.stop_limit && process.running.empty()) {
        witness_.violation(process.prefix + " has not stopped at its deadline");
    }
    if (process.wants_stop) process.worker.stop(now_, process.wants_reconnect);
    if (process.next_run && *process.next_run <= now_) {
        process.next_run.reset();
        begins_run();
        return true;
    }
    if (process.next_run || !process.worker.is_finished()) return false;
    ends_run();
    return true;
}

void Service::ends_run() {
    Process& process = *process_;
    const bus::RunEnd end = process.worker.run_end();
    witness_.note("run ends", process.prefix, static_cast<int>(end.kind), end.abandoned);
    if (!process.running.empty()) witness_.violation("a run ends while user code runs");
    switch (end.kind) {
        case bus::RunEnd::Kind::fatal:
            witness_.violation(process.prefix + " ends for good: " + end.text);
            break;
        case bus::RunEnd::Kind::connection_lost:
            if (role_.is_supervised) witness_.violation("a run ends that had to connect again");
            process.next_run = now_ + process.backoff.next();
            return;
        case bus::RunEnd::Kind::reconnect:
            process.stop_limit.reset();
            process.wants_stop = process.wants_reconnect = false;
            // It should not have had a connection.
            process.unconnected_since = now_;
            process.next_run = now_;
            return;
        case bus::RunEnd::Kind::stopped: break;
    }
    absorbs();
    witness_.stops(process.incarnation, process.worker.unsettled());
    process_.reset();
}

bool Service::holds_little() const {
    return process_->intake.held_bytes() <= 2 * bus::Intake::segment_bytes;
}

std::optional<TimePoint> Service::earliest_deadline() const {
    if (!process_) return revived_at_;
    const Process& process = *process_;
    std::optional<TimePoint> earliest = process.worker.next_deadline();
    const auto consider = [&](std::optional<TimePoint> other) {
        if (other && (!earliest || *other < *earliest)) earliest = other;
    };
    if (process.next_run) earliest = process.next_run;
    for (const auto& each : process.connecting) consider(each);
    for (const Running& each : process.running) consider(each.acts[each.next_act].at);
    for (const LateSettlement& each : process.late) consider(each.at);
    const bool may_begin = role_.handler_threads > 1 || process.running.empty();
    if (may_begin && may_begin_function()) consider(process.next_function);
    if (process.stop_limit && *process.stop_limit >= now_) consider(*process.stop_limit + 1ms);
    return earliest;
}

void Service::absorbs() {
    Process& process = *process_;
    for (bus::SharedSegment& segment : std::exchange(process.worker.released(), {})) {
        process.intake.release(std::move(segment));
    }
    process.intake.take(process.batch);
    process.worker.absorb(process.batch);
}

// ---- Links

Line* Service::line(bus::LinkId link) const {
    return process_ ? process_->lines[index(link)] : nullptr;
}

bool Service::connects(bus::LinkId link) {
    Process& process = *process_;
    std::optional<TimePoint>& connecting = process.connecting[index(link)];
    if (!process.next_run && process.worker.wants_connect(link, now_)) {
        Dice dice = dice_.about("connect").about(
            static_cast<std::uint64_t>(now_.time_since_epoch().count()));
        connecting = now_ + (dice.chance(10) ? dice.between(1s, 4s) : dice.between(0s, 5ms));
    }
    if (!connecting || *connecting > now_) return false;
    connecting.reset();
    Line* const line = broker_.connect(*this, process.incarnation, role_, link);
    if (line == nullptr) {
        process.has_been_refused |= link == bus::LinkId::consuming;
        process.worker.link_down(link, {.what = "connection refused", .is_refused = true}, now_);
        return true;
    }
    process.lines[index(link)] = line;
    if (link == bus::LinkId::consuming) {
        process.unconnected_since.reset();
        witness_.consumes_on(process.incarnation, line->witness.get());
    }
    amqp::SessionOptions session{.heartbeat = schedule_.heartbeat,
                                 .frame_max = schedule_.frame_max};
    if (schedule_.has_large_headers) {
        const bool is_consuming = link == bus::LinkId::consuming;
        session.frame_max = static_cast<std::uint32_t>(is_consuming ? wire::min_frame_bytes
                                                                    : wire::default_frame_bytes);
        session.max_header_bytes = max_header_bytes;
    }
    process.worker.link_up(link, session, now_);
    return true;
}

bool Service::writes(bus::LinkId link) {
    Process& process = *process_;
    Line* const line = process.lines[index(link)];
    if (line == nullptr) return false;
    bool has_written = false;
    std::array<wire::Bytes, 64> views;
    amqp::OutputQueue* output = process.worker.output(link, now_);
    if (output != nullptr && output->size_bytes() > max_output_bytes) {
        witness_.violation(process.prefix + " has too much waiting for a socket");
    }
    while (output != nullptr && !output->empty() && line->up.room() > 0) {
        const std::size_t count = output->gather(views);
        std::size_t written = 0;
        for (std::size_t i = 0; i < count && line->up.room() > 0; ++i) {
            const wire::Bytes bytes = views[i].first(std::min(views[i].size(), line->up.room()));
            line->witness->worker_wrote(bytes);
            line->up.send(bytes, now_);
            written += bytes.size();
            if (bytes.size() < views[i].size()) break;
        }
        process.worker.written(link, written, now_);
        has_written = true;
        output = process.worker.output(link, now_);
    }
    line->has_more_to_write = output != nullptr && !output->empty();
    return has_written;
}

bool Service::disconnects(bus::LinkId link) {
    if (!process_->worker.wants_disconnect(link)) return false;
    loses(link, "closed");
    return true;
}

void Service::loses(bus::LinkId link, std::string_view what) {
    Process& process = *process_;
    process.connecting[index(link)].reset();
    if (Line* const line = std::exchange(process.lines[index(link)], nullptr)) {
        line->is_service_there = false;
        line->up.end(now_);
        line->witness->worker_lost();
        if (link == bus::LinkId::consuming) {
            witness_.consumes_on(process.incarnation, nullptr);
            process.unconnected_since = now_;
            process.has_been_refused = true;
        }
    }
    process.worker.link_down(link, {.what = what}, now_);
}

void Service::hears(Line& line, const Pipe::Arrival& arrival) {
    is_touched_ = true;
    if (arrival.is_end) return loses(line.link, "connection reset");
    line.witness->worker_reads(arrival.bytes.size(), process_->worker.is_ending());
    process_->worker.feed(line.link, arrival.bytes.view(), now_);
}

// ---- Occurrences

void Service::comes_back(std::optional<TimePoint> at) {
    is_touched_ = true;
    revived_at_ = at;
}

void Service::stops(bool reconnect) {
    is_touched_ = true;
    Process& process = *process_;
    witness_.note("stop", process.prefix, reconnect);
    // A final stop overrides a reconnection.
    process.wants_reconnect = reconnect && (!process.wants_stop || process.wants_reconnect);
    if (std::exchange(process.wants_stop, true)) return;
    process.stop_limit = now_ + schedule_.drain_timeout + closing_grace;
    // A pause between runs ends at once.
    if (process.next_run) process.next_run = now_;
}

void Service::crashes(Dice& dice) {
    is_touched_ = true;
    for (const bus::LinkId link : bus::both_links) {
        Line* const line = process_->lines[index(link)];
        if (line == nullptr) continue;
        line->is_service_there = false;
        line->witness->worker_lost();
        if (dice.chance(30)) {
            line->up.set_frozen(true, now_);
            line->is_frozen_for_good = true;
        } else {
            line->up.end(now_);
        }
    }
    witness_.dies(process_->incarnation);
    process_.reset();
}

bool Service::is_at_rest() const {
    if (!process_) return false;
    const Process& process = *process_;
    const bool has_work = !process.running.empty() || !process.waiting.empty() ||
                          process.intake.has_any() || !process.late.empty() ||
                          process.worker.has_job() || process.worker.unsettled() > 0;
    return process.worker.is_consuming() && !process.wants_stop && !has_work;
}

Duration Service::unconnected() const {
    const bool is_to_connect = process_ && !process_->wants_stop && process_->unconnected_since;
    return is_to_connect ? now_ - *process_->unconnected_since : 0s;
}

bool Service::is_unconfigured() const {
    return process_ && !role_.config_keys.empty() && !process_->worker.is_consuming();
}

bool Service::is_channel_established(bus::LinkId link) const {
    if (!process_ || process_->lines[index(link)] == nullptr) return false;
    return link == bus::LinkId::consuming ? process_->worker.is_consuming()
                                          : process_->worker.publisher().is_ready();
}

}  // namespace eventail::simulation
