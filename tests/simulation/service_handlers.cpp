// User code's actions, chosen by the dice: takes its time, publishes, throws, acknowledges by hand.
#include "simulation/service.hpp"

#include <algorithm>
#include <utility>
#include <variant>

namespace eventail::simulation {
namespace {

using namespace std::chrono_literals;
using End = bus::Outcome::End;

constexpr std::uint16_t no_route = 312;

Duration a_while(Dice& dice) {
    const std::uint64_t kind = dice.below(100);
    if (kind < 35) return 0s;
    if (kind < 85) return dice.between(1ms, 200ms);
    if (kind < 97) return dice.between(200ms, 3s);
    return dice.between(3s, 30s);
}

bool runs_alone(const bus::Job& job) {
    return std::holds_alternative<bus::Ready>(job.work) ||
           std::holds_alternative<bus::Unconfigured>(job.work) ||
           std::holds_alternative<Configuration>(job.work);
}

}  // namespace

bool Service::may_begin_function() const {
    const Process& process = *process_;
    const bool is_running = !process.next_run && !process.worker.is_finished();
    return is_running && !process.wants_stop && !is_calm_ && process.worker.may_begin_function();
}

// With several threads, more calls are taken than can begin, so that a free thread need not wait.
bool Service::takes_calls() {
    Process& process = *process_;
    forgets_calls();
    if (process.next_run || process.worker.is_finished()) return false;
    bool has_taken = false;
    const bool is_single = role_.handler_threads == 1;
    while (!is_single || process.running.empty()) {
        const std::optional<Waiting> taken = takes_call();
        if (!taken) break;
        has_taken = true;
        process.waiting.push_back(*taken);
        if (is_single) break;
    }
    return has_taken;
}

std::optional<Service::Waiting> Service::takes_call() {
    Process& process = *process_;
    if (process.next_function && *process.next_function <= now_ && may_begin_function()) {
        Dice dice = dice_.about("next function").about(process.intake.next_sequence());
        process.next_function = now_ + dice.between(100ms, 5s);
        return Waiting{.function_began_in = process.worker.function_began()};
    }
    const bus::Job* const job = process.worker.next_job(process.intake.next_sequence(), now_);
    if (job == nullptr) return std::nullopt;
    return Waiting{.job = job};
}

void Service::forgets_calls() {
    Process& process = *process_;
    if (!process.worker.take_forgetting()) return;
    for (const Waiting& each : std::exchange(process.waiting, {})) {
        if (each.job == nullptr) {
            process.worker.function_ended(each.function_began_in, now_);
            process.next_function = now_;
        } else {
            process.worker.job_ended(*each.job, {.end = End::give_back},
                                     process.intake.next_sequence(), now_);
        }
    }
}

bool Service::begins_calls() {
    Process& process = *process_;
    bool has_begun = false;
    while (!process.waiting.empty() && process.running.size() < role_.handler_threads) {
        const Waiting waiting = process.waiting.front();
        process.waiting.pop_front();
        has_begun |= begins_call(waiting);
    }
    return has_begun;
}

// @return whether it has something to do now
bool Service::begins_call(const Waiting& waiting) {
    Process& process = *process_;
    Running running{.job = waiting.job,
                    .function_began_in = waiting.function_began_in,
                    .channel = witness_.consuming_channel(process.incarnation),
                    .is_alone = waiting.job != nullptr && runs_alone(*waiting.job),
                    .dice = dice_.about(process.incarnation)};
    check_alone(running);
    if (waiting.job == nullptr) {
        plan_function(running);
    } else {
        process.worker.job_began(*waiting.job, process.intake.next_sequence());
        const Message* const message = bus::message_of(*waiting.job);
        if (message == nullptr) {
            plan_other(running);
        } else if (!plan_delivery(running, *message)) {
            return false;
        }
    }
    process.running.push_back(std::move(running));
    return true;
}

// Calls that began under a lost channel do not count.
void Service::check_alone(const Running& running) {
    const auto counts = [&](const Running& other) {
        return other.channel == running.channel && (other.is_alone || running.is_alone);
    };
    if (std::ranges::any_of(process_->running, counts)) {
        witness_.violation("something runs beside what has to run alone");
    }
    if (running.is_alone && running.channel == 0) {
        witness_.violation("something that runs alone begins without a channel");
    }
}

// on_ready waits for calls of its own channel and for a thread, and for nothing else. Before the
// first channel, all calls count as calls of that.
void Service::check_ready() const {
    const Process& process = *process_;
    const bool is_due = process.worker.is_consuming() && !process.wants_stop &&
                        !witness_.has_begun_readiness(process.incarnation);
    if (!is_due || !process.has_been_refused) return;
    const std::uint64_t channel = witness_.consuming_channel(process.incarnation);
    const bool has_to_wait = std::ranges::any_of(
        process.running, [channel](const Running& each) { return each.channel == channel; });
    if (!has_to_wait && process.running.size() < role_.handler_threads) {
        witness_.violation("on_ready waits for calls of another channel");
    }
}

bool Service::plan_delivery(Running& running, const Message& message) {
    Process& process = *process_;
    const bool needs_readiness = !std::holds_alternative<Configuration>(running.job->work);
    running.handling =
        witness_.begins(process.incarnation, message.metadata.message_id, running.job->token,
                        process.intake.next_sequence(), needs_readiness);
    if (!running.handling) return false;
    plan(running, message);
    return true;
}

Duration Service::longer(Dice& dice, const bus::Job* job) const {
    const bool is_alone = job != nullptr && runs_alone(*job);
    const bool is_long = schedule_.has_long_calls && dice.chance(is_alone ? 40 : 15);
    return is_long ? dice.between(3s, 90s) : 0s;
}

void Service::plan_other(Running& running) {
    Process& process = *process_;
    Dice& dice = running.dice;
    if (std::holds_alternative<bus::Unconfigured>(running.job->work)) {
        publishes({.name = "ConfigWanted", .conversation_id = "c"}, dice, max_depth, nullptr);
        dice = dice.about("unconfigured").about(process.intake.next_sequence());
        running.acts.push_back({.at = now_ + longer(dice, running.job)});
        return;
    }
    if (std::holds_alternative<bus::Ready>(running.job->work)) {
        witness_.begins_readiness(process.incarnation, !role_.config_keys.empty());
    }
    dice = dice.about("other").about(process.intake.next_sequence());
    const Duration time = dice.chance(70) ? 0s : dice.between(1ms, 500ms);
    running.acts.push_back({.at = now_ + time + longer(dice, running.job)});
}

void Service::plan_function(Running& running) {
    Dice& dice = running.dice;
    dice = dice.about("function")
               .about(process_->intake.next_sequence())
               .about(static_cast<std::uint64_t>(now_.time_since_epoch().count()));
    const Duration time = (dice.chance(70) ? 0s : dice.between(1ms, 500ms)) + longer(dice, nullptr);
    if (dice.chance(30)) {
        const auto length = std::chrono::duration_cast<std::chrono::microseconds>(time);
        running.acts.push_back({.at = now_ + dice.between(0s, length),
                                .what = Act::What::publish,
                                .dice = dice.about("published")});
    }
    running.acts.push_back({.at = now_ + time});
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
        // Most handlers publish the same when they run again, in any process.
        const Dice same = Dice(schedule_.seed).about(role_.service).about(id);
        if (Dice(same).chance(80)) dice = same;
        running.ids = std::make_unique<bus::IdDerivation>(
            bus::Origin{.message_id = id, .queue = running.job->queue});
    }
    Dice more = dice.about("longer");
    const Duration time = a_while(dice) + longer(more, running.job);
    const auto length = std::chrono::duration_cast<std::chrono::microseconds>(time);
    const bool is_throwing = schedule_.has_failing_handlers && dice.chance(12);
    if (running.handling->input->depth < max_depth) {
        for (std::uint64_t count = dice.below(3); count > 0; --count) {
            running.acts.push_back({.at = now_ + dice.between(0s, length),
                                    .what = Act::What::publish,
                                    .dice = dice.about(count)});
            // Once more, identical.
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
            const bool is_function = running.job == nullptr;
            Dice& dice = is_function || role_.derives_ids ? act.dice : running.dice;
            const unsigned depth = is_function ? max_depth : running.handling->input->depth + 1;
            if (!publishes_something(dice, depth, is_function ? nullptr : &running)) {
                running.outcome = {.end = End::give_back, .error = "refused"};
            }
            break;
        }
        case Act::What::settle:
            settles(running.job->token, role_.derives_ids ? running.own : running.dice);
            break;
        case Act::What::end: ends_call(running); break;
    }
}

void Service::ends_call(Running& running) {
    Process& process = *process_;
    if (running.job != nullptr) {
        ends_job(running);
    } else {
        absorbs();
        process.worker.function_ended(running.function_began_in, now_);
    }
    // A stop waits for a call that outlives the deadline.
    if (process.stop_limit) process.stop_limit = std::max(*process.stop_limit, now_ + 1s);
}

void Service::ends_job(Running& running) {
    Process& process = *process_;
    bus::Outcome& outcome = running.outcome;
    const bool is_well = outcome.end == End::done || outcome.end == End::held;
    if (is_well && !publishes_result(running, running.dice)) outcome = {.end = End::give_back};
    if (const auto* returned = std::get_if<bus::ReturnedJob>(&running.job->work)) {
        witness_.handled_returned(process.incarnation, returned->message.metadata.message_id,
                                  returned->message.reply_code != no_route);
    } else if (std::holds_alternative<bus::Ready>(running.job->work)) {
        witness_.ends_readiness(process.incarnation, running.channel);
    } else if (std::holds_alternative<Configuration>(running.job->work)) {
        const bool is_configured = outcome.end == End::done && outcome.is_configured;
        if (is_configured) witness_.is_configured(process.incarnation, running.channel);
    }
    const bus::Sequence accepted = process.intake.next_sequence();
    if (running.handling) decides(running, accepted);
    if (role_.handler_threads > 1 && outcome.end == End::held) {
        process.intake.settle({.token = running.job->token, .is_hold = true});
        absorbs();
    }
    // As the shell does: acknowledgements by hand are already decided.
    absorbs();
    process.worker.job_ended(*running.job, outcome, accepted, now_);
}

void Service::decides(Running& running, bus::Sequence accepted) {
    Handling& handling = *running.handling;
    handling.state = Handling::State::ended;
    witness_.note("ends", handling.input->id, static_cast<int>(running.outcome.end));
    if (handling.decision != Handling::Decision::none) return;
    switch (running.outcome.end) {
        case End::done:
            handling.decision = Handling::Decision::acknowledge;
            handling.end = accepted;
            return;
        case End::held:
            process_->late.push_back({.at = now_ + running.dice.between(0s, 4s),
                                      .token = running.job->token,
                                      .dice = role_.derives_ids ? running.own : running.dice});
            return;
        default: handling.decision = Handling::Decision::reject;
    }
}

bool Service::settles_late() {
    Process& process = *process_;
    bool has_settled = false;
    for (LateSettlement& each : process.late) {
        if (each.at > now_) continue;
        has_settled = true;
        // A stopping service takes nothing from outside of handlers any more.
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

}  // namespace eventail::simulation
