// What user code does, as the dice say: it takes its time, publishes, throws, acknowledges by hand.
#include "bus/envelope.hpp"
#include "bus/publisher.hpp"
#include "simulation/service.hpp"
#include "wire/frame_writer.hpp"
#include "wire/table.hpp"

#include <algorithm>
#include <type_traits>
#include <utility>
#include <variant>

namespace eventail::simulation {
namespace {

using namespace std::chrono_literals;
using End = bus::Outcome::End;

constexpr unsigned max_depth = 2;
constexpr std::uint16_t no_route = 312;

Duration a_while(Dice& dice) {
    const std::uint64_t kind = dice.below(100);
    if (kind < 35) return 0s;
    if (kind < 85) return dice.between(1ms, 200ms);
    if (kind < 97) return dice.between(200ms, 3s);
    return dice.between(3s, 30s);
}

/// A text in CBOR: the label, a space, and filler. Handlers that do the same each time publish
/// nothing large: without room for it, a message would be given back and its handler run for ever,
/// as nothing here waits for room.
std::string body_of(std::string_view id, Dice& dice, bool may_be_large) {
    const std::uint64_t kind = may_be_large ? dice.below(100) : 100;
    std::size_t filler = dice.pick(60);
    if (kind < 6) filler = 3000 + dice.pick(20000);
    if (kind < 1) filler = 150000;
    const auto length = static_cast<std::uint32_t>(id.size() + 1 + filler);
    std::string body = "\x7a";
    for (int shift = 24; shift >= 0; shift -= 8) {
        body += static_cast<char>((length >> shift) & 0xFF);
    }
    body.append(id).append(1, ' ').append(filler, 'x');
    return body;
}

/// The message with one more header, which a receiver has to take or to dead-letter.
wire::Buffer with_large_header(wire::Bytes frames, std::size_t length) {
    wire::Buffer result;
    wire::FrameReader reader(wire::default_frame_bytes);
    reader.feed(frames);
    while (const auto frame = reader.next()) {
        if (frame->type != wire::FrameType::header) {
            wire::FrameWriter copy(result, frame->type, frame->channel);
            copy.payload().raw(frame->payload);
            copy.finish();
            continue;
        }
        wire::ContentHeader header = wire::decode_content_header(frame->payload);
        const std::string text(length, 'x');
        wire::Table headers;
        for (const auto& [name, field] : header.properties.headers.value_or(wire::TableView())) {
            headers.set(name, field.as_text().value_or(""));
        }
        headers.set("filler", std::string_view(text));
        header.properties.headers = headers.view();
        wire::encode_content_header(result, frame->channel, header);
    }
    return result;
}

/// All that tells messages of one handler apart.
std::string kin_of(const bus::Origin& origin, const bus::Outgoing& message, std::string_view body) {
    std::string kin(origin.message_id);
    for (const std::string_view part :
         {origin.queue, bus::exchange_of(message.kind), message.name, message.reply_to, body}) {
        kin.append(1, ' ').append(part);
    }
    return kin + (message.is_mandatory ? " mandatory" : "") +
           (message.is_persistent ? " persistent" : "");
}

bool runs_alone(const bus::Job& job) {
    return std::holds_alternative<bus::Ready>(job.work) ||
           std::holds_alternative<bus::Unconfigured>(job.work) ||
           std::holds_alternative<Configuration>(job.work);
}

}  // namespace

// With several threads, more is taken than can begin, so that a free thread has not to wait.
bool Service::takes_jobs() {
    Process& process = *process_;
    forgets_jobs();
    if (process.next_run || process.worker.is_finished()) return false;
    bool has_taken = false;
    const bool is_single = role_.handler_threads == 1;
    while (!is_single || process.running.empty()) {
        const bus::Job* const job = process.worker.next_job(process.intake.next_sequence(), now_);
        if (job == nullptr) break;
        has_taken = true;
        process.waiting.push_back(job);
        if (is_single) break;
    }
    return has_taken;
}

void Service::forgets_jobs() {
    Process& process = *process_;
    if (!process.worker.take_forgetting()) return;
    for (const bus::Job* const job : std::exchange(process.waiting, {})) {
        if (std::holds_alternative<bus::ReturnedJob>(job->work)) {
            process.waiting.push_back(job);
            continue;
        }
        process.worker.job_ended(*job, {.end = End::give_back}, process.intake.next_sequence(),
                                 now_);
    }
}

bool Service::begins_jobs() {
    Process& process = *process_;
    bool has_begun = false;
    while (!process.waiting.empty() && process.running.size() < role_.handler_threads) {
        const bus::Job& job = *process.waiting.front();
        process.waiting.pop_front();
        has_begun |= begins_job(job);
    }
    return has_begun;
}

// @return whether there is something to be done for it now
bool Service::begins_job(const bus::Job& job) {
    Process& process = *process_;
    Running running{
        .job = &job, .is_alone = runs_alone(job), .dice = dice_.about(process.incarnation)};
    const bool is_beside_one_alone =
        std::ranges::any_of(process.running, [](const Running& each) { return each.is_alone; });
    if (is_beside_one_alone || (running.is_alone && !process.running.empty())) {
        witness_.violation("something runs beside what has to run alone");
    }
    process.worker.job_began(job, process.intake.next_sequence());
    if (const Message* const message = bus::message_of(job)) {
        running.handling = witness_.begins(process.incarnation, message->metadata.message_id,
                                           running.job->token, process.intake.next_sequence());
        if (!running.handling) return false;
        plan(running, *message);
    } else if (std::holds_alternative<bus::Unconfigured>(running.job->work)) {
        publishes({.name = "ConfigWanted", .conversation_id = "c"}, running.dice, max_depth,
                  nullptr);
        running.acts.push_back({.at = now_});
    } else {
        running.dice = running.dice.about("other").about(process.intake.next_sequence());
        const Duration time = running.dice.chance(70) ? 0s : running.dice.between(1ms, 500ms);
        running.acts.push_back({.at = now_ + time});
    }
    process.running.push_back(std::move(running));
    return true;
}

void Service::plan(Running& running, const Message& message) {
    const std::string& id = message.metadata.message_id;
    if (!message.payload.get<std::string>().starts_with(running.handling->input->label + " ")) {
        witness_.violation(id + " arrives with the content of another message");
    }
    Dice& dice = running.dice;
    running.own = dice_.about(id).about(running.job->token);
    dice = running.own;
    if (role_.derives_ids) {
        // Most handlers publish the same when they run again, in whichever process.
        const Dice same = Dice(schedule_.seed).about(role_.service).about(id);
        if (Dice(same).chance(80)) dice = same;
        running.ids = std::make_unique<bus::IdDerivation>(
            bus::Origin{.message_id = id, .queue = running.job->queue});
    }
    const Duration time = a_while(dice);
    const auto length = std::chrono::duration_cast<std::chrono::microseconds>(time);
    const bool is_throwing = schedule_.has_failing_handlers && dice.chance(12);
    if (running.handling->input->depth < max_depth) {
        for (std::uint64_t count = dice.below(3); count > 0; --count) {
            running.acts.push_back({.at = now_ + dice.between(0s, length),
                                    .what = Act::What::publish,
                                    .dice = dice.about(count)});
            // Once more, without a difference.
            if (role_.derives_ids && dice.chance(20)) running.acts.push_back(running.acts.back());
        }
    }
    const bool is_configuration = std::holds_alternative<Configuration>(running.job->work);
    running.outcome.is_configured = dice.chance(80);
    if (is_throwing) {
        running.outcome = {.end = End::failed, .error = "it threw"};
    } else if (role_.acknowledges_by_hand && !is_configuration) {
        running.outcome.end = End::held;
        if (dice.chance(30)) {
            running.acts.push_back(
                {.at = now_ + dice.between(0s, length), .what = Act::What::settle});
        }
    }
    std::ranges::stable_sort(running.acts, {}, &Act::at);
    running.acts.push_back({.at = now_ + time});
}

bool Service::acts() {
    std::list<Running>& running = process_->running;
    bool has_acted = false;
    for (auto each = running.begin(); each != running.end();) {
        const bool is_due = each->acts[each->next_act].at <= now_;
        const bool is_over = is_due && each->acts[each->next_act].what == Act::What::end;
        if (is_due) acts(*each);
        has_acted |= is_due;
        if (is_over) {
            each = running.erase(each);
        } else if (!is_due) {
            ++each;
        }
    }
    return has_acted;
}

void Service::acts(Running& running) {
    Act& act = running.acts[running.next_act++];
    switch (act.what) {
        case Act::What::publish: {
            Dice& dice = role_.derives_ids ? act.dice : running.dice;
            if (!publishes_something(dice, running.handling->input->depth + 1, &running)) {
                running.outcome = {.end = End::give_back, .error = "refused"};
            }
            break;
        }
        case Act::What::settle:
            settles(running.job->token, role_.derives_ids ? running.own : running.dice);
            break;
        case Act::What::end: ends_job(running); break;
    }
}

void Service::ends_job(Running& running) {
    Process& process = *process_;
    bus::Outcome& outcome = running.outcome;
    const bool is_well = outcome.end == End::done || outcome.end == End::held;
    if (is_well && !publishes_result(running, running.dice)) outcome = {.end = End::give_back};
    if (const auto* returned = std::get_if<bus::ReturnedJob>(&running.job->work)) {
        witness_.handled_returned(process.incarnation, returned->message.metadata.message_id,
                                  returned->message.reply_code != no_route);
    }
    const bus::Sequence accepted = process.intake.next_sequence();
    if (running.handling) {
        Handling& handling = *running.handling;
        handling.state = Handling::State::ended;
        witness_.note("ends", running.handling->input->id, static_cast<int>(outcome.end));
        if (handling.decision == Handling::Decision::none) {
            if (outcome.end == End::done) {
                handling.decision = Handling::Decision::acknowledge;
                handling.end = accepted;
            } else if (outcome.end == End::held) {
                process.late.push_back({.at = now_ + running.dice.between(0s, 4s),
                                        .token = running.job->token,
                                        .dice = role_.derives_ids ? running.own : running.dice});
            } else {
                handling.decision = Handling::Decision::reject;
            }
        }
    }
    // One that outlives the deadline is waited for.
    if (process.stop_limit) process.stop_limit = std::max(*process.stop_limit, now_ + 1s);
    if (role_.handler_threads > 1 && outcome.end == End::held) {
        process.intake.settle({.token = running.job->token, .is_hold = true});
        absorbs();
    }
    // As the shell does: what was acknowledged by hand is decided.
    absorbs();
    process.worker.job_ended(*running.job, outcome, accepted, now_);
}

bool Service::settles_late() {
    Process& process = *process_;
    bool has_settled = false;
    for (LateSettlement& each : process.late) {
        if (each.at > now_) continue;
        has_settled = true;
        // A service that stops takes nothing any more from outside of handlers.
        if (!process.wants_stop) settles(each.token, each.dice);
    }
    std::erase_if(process.late, [this](const LateSettlement& each) { return each.at <= now_; });
    return has_settled;
}

void Service::settles(std::uint64_t token, Dice& dice) {
    const bool is_ack = dice.chance(90);
    const bus::ManualSettlement settlement{.token = token,
                                           .is_ack = is_ack,
                                           .requeue = !is_ack && dice.chance(50),
                                           .multiple = dice.chance(30),
                                           .accepted_before = process_->intake.next_sequence()};
    process_->intake.settle(settlement);
    witness_.settles_by_hand(process_->incarnation, settlement);
}

// ---- Publishing

bool Service::may_publish() const {
    if (!process_->wants_stop) return true;
    return !process_->running.empty() && !process_->worker.is_ending();
}

void Service::publishes(Dice dice) {
    is_touched_ = true;
    if (process_ && !process_->wants_stop) publishes_something(dice, 0, nullptr);
}

void Service::publishes_configuration() {
    is_touched_ = true;
    if (!process_ || process_->wants_stop) return;
    Dice dice = dice_.about("configuration");
    publishes({.kind = bus::Kind::configuration, .name = "Limits"}, dice, max_depth, nullptr);
}

bool Service::publishes_something(Dice& dice, unsigned depth, Running* cause) {
    bus::Outgoing message{.conversation_id = "c"};
    message.is_persistent = !dice.chance(8);
    switch (dice.below(10)) {
        case 0:
        case 1:
        case 2:
        case 3: message.name = "Ticked"; break;
        case 4:
        case 5: message.name = "Derived"; break;
        case 6:
            message.name = "Nobody";
            message.is_mandatory = true;
            break;
        default:
            message.kind = bus::Kind::command;
            message.name = dice.chance(50) ? "alpha.Do" : "beta.Do";
            message.reply_to = role_.service == "alpha" ? "alpha.Return" : "feed.Return";
            message.correlation_id = "42";
            message.is_mandatory = true;
    }
    return publishes(message, dice, depth, cause);
}

bool Service::publishes_result(Running& running, Dice& dice) {
    const auto* command = std::get_if<Command>(&running.job->work);
    if (command == nullptr) {
        // Who wants to be configured asks whoever runs "feed".
        if (running.handling && running.handling->input->name == "ConfigWanted") {
            return publishes({.kind = bus::Kind::configuration, .name = "Limits"}, dice, max_depth,
                             &running);
        }
        return true;
    }
    return publishes({.kind = bus::Kind::result,
                      .name = command->reply_to,
                      .conversation_id = "c",
                      .correlation_id = command->correlation_id,
                      .is_success = true,
                      .is_mandatory = true},
                     dice, max_depth, &running);
}

void Service::logs(const bus::Notice& notice) {
    wire::Buffer frames;
    bus::encode_message(frames, bus::Publisher::log_channel,
                        {.kind = bus::Kind::log, .name = role_.service + ".WARNING"},
                        wire::as_bytes(notice.text), bus::Publisher::log_frame_bytes);
    process_->intake.append_log(frames.view());
}

// @return whether it was accepted
bool Service::publishes(bus::Outgoing message, Dice& dice, unsigned depth, Running* cause) {
    Process& process = *process_;
    if (!may_publish()) return false;
    bus::MessageId id(process.prefix, ++process.counter);
    const bool is_derived = cause != nullptr && cause->ids && cause->ids->is_possible();
    const std::string label = is_derived ? std::to_string(dice.next()) : std::string(id.text());
    const std::string body = body_of(label, dice, cause == nullptr || !cause->ids);
    bus::Hash128 hash;
    std::string kin;
    if (is_derived) {
        hash = cause->ids->hash_of(message, wire::as_bytes(body));
        id = cause->ids->next_id(hash);
        kin = kin_of({.message_id = cause->handling->input->id, .queue = cause->job->queue},
                     message, body);
    }
    message.message_id = id.text();
    wire::Buffer frames;
    bus::encode_message(frames, bus::Publisher::confirm_channel, message, wire::as_bytes(body),
                        bus::Publisher::message_frame_bytes);
    if (Dice more = dice.about("header").about(process.counter);
        !is_derived && schedule_.has_large_headers && more.chance(20)) {
        frames = with_large_header(frames.view(), more.pick(2 * max_header_bytes));
    }
    if (!process.intake.has_room(frames.size())) return false;
    if (is_derived) {
        cause->ids->count(hash);
        kin += " " + std::to_string(cause->published[kin]++);
    }
    const bus::Sequence sequence = process.intake.append(frames.view(), {.key = id.key()});
    witness_.accepted({.id = std::string(id.text()),
                       .label = label,
                       .kin = std::move(kin),
                       .author = process.incarnation,
                       .sequence = sequence,
                       .exchange = std::string(bus::exchange_of(message.kind)),
                       .name = std::string(message.name),
                       .is_mandatory = message.is_mandatory,
                       .is_persistent = message.is_persistent,
                       .depth = depth});
    return true;
}

}  // namespace eventail::simulation
