// A service's publications, chosen by the dice, and the information that the witness needs.
#include "bus/envelope.hpp"
#include "bus/publisher.hpp"
#include "simulation/service.hpp"
#include "wire/frame_writer.hpp"
#include "wire/table.hpp"

#include <utility>

namespace eventail::simulation {
namespace {

/// A text in CBOR: the label, a space, and filler. Handlers that repeat themselves exactly publish
/// nothing large: without room, their input would be returned and handled again for ever, because
/// nothing here waits for room.
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

/// The message with one more header, which a receiver must accept or dead-letter.
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

/// Everything that distinguishes the messages of one handler.
std::string kin_of(const bus::Origin& origin, const bus::Outgoing& message, std::string_view body) {
    std::string kin(origin.message_id);
    for (const std::string_view part :
         {origin.queue, bus::exchange_of(message.kind), message.name, message.reply_to, body}) {
        kin.append(1, ' ').append(part);
    }
    return kin + (message.is_mandatory ? " mandatory" : "") +
           (message.is_persistent ? " persistent" : "");
}

}  // namespace

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
        // A service that wants its configuration asks any instance of "feed".
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
