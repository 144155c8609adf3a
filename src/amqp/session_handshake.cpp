// How a session opens: how we introduce ourselves, what both sides agree on, and what a refusal
// means. (AMQP 0-9-1, sections 2.2.4 and 4.2.2; protocol.md, "Handshake".)
#include "amqp/session.hpp"
#include "wire/table.hpp"
#include <eventail/version.hpp>

#include <algorithm>
#include <limits>

namespace eventail::amqp {

namespace {

// Larger body frames go straight to their place as they arrive, without being kept first.
constexpr std::size_t min_split_frame_bytes = 16 * 1024;

using Cause = SessionEnd::Cause;

wire::Table client_properties(const SessionOptions& options) {
    wire::Table capabilities;
    for (const std::string_view name :
         {"publisher_confirms", "exchange_exchange_bindings", "basic.nack",
          "consumer_cancel_notify", "connection.blocked", "authentication_failure_close"}) {
        capabilities.set(name, true);
    }
    wire::Table properties;
    properties.set("product", std::string_view("eventail"))
        .set("version", std::string_view(EVENTAIL_VERSION))
        .set("platform", std::string_view("C++"));
    if (!options.connection_name.empty()) {
        properties.set("connection_name", std::string_view(options.connection_name));
    }
    properties.set("capabilities", capabilities.view());
    return properties;
}

wire::Buffer encode_start_ok(const SessionOptions& options) {
    const wire::Table properties = client_properties(options);
    std::string response;
    if (options.mechanism == "PLAIN") {
        response = '\0' + options.user + '\0' + options.password;
    } else if (options.mechanism != "EXTERNAL") {
        throw std::invalid_argument("unknown mechanism " + options.mechanism +
                                    ": PLAIN and EXTERNAL are supported");
    }
    wire::Buffer frame;
    wire::encode_method(frame, 0,
                        wire::ConnectionStartOk{.client_properties = properties,
                                                .mechanism = options.mechanism,
                                                .response = wire::as_bytes(response),
                                                .locale = "en_US"});
    if (frame.size() > wire::min_frame_bytes) {
        throw std::length_error("user, password and connection name do not fit into the " +
                                std::to_string(wire::min_frame_bytes) +
                                " bytes of the first frame");
    }
    return frame;
}

/// RabbitMQ itself keeps to 4096 bytes before tuning, but its properties may need more.
std::size_t first_frame_max(const SessionOptions& options) {
    return options.frame_max == 0 ? wire::default_frame_bytes : options.frame_max;
}

bool has_word(std::string_view words, std::string_view wanted) {
    while (!words.empty()) {
        const std::size_t end = std::min(words.find(' '), words.size());
        if (words.substr(0, end) == wanted) return true;
        words.remove_prefix(std::min(end + 1, words.size()));
    }
    return false;
}

/// The lower of two limits; 0 means unlimited.
template <typename T>
T lower_limit(T left, T right) {
    if (left == 0 || right == 0) return std::max(left, right);
    return std::min(left, right);
}

/// 0 from us switches heartbeats off; 0 from the broker expresses no wish.
std::chrono::seconds agreed_heartbeat(std::chrono::seconds ours, std::chrono::seconds offered) {
    constexpr std::chrono::seconds longest{std::numeric_limits<std::uint16_t>::max()};
    ours = std::clamp(ours, std::chrono::seconds{0}, longest);
    return offered.count() == 0 ? ours : std::min(ours, offered);
}

}  // namespace

Session::Session(SessionOptions options, SessionEvents& events)
    : options_(std::move(options)), events_(events) {
    constexpr auto smallest = static_cast<std::uint32_t>(wire::min_frame_bytes);
    if (options_.frame_max != 0) options_.frame_max = std::max(options_.frame_max, smallest);
    if (options_.virtual_host.size() > 255) {
        throw std::length_error("the name of the virtual host is longer than 255 bytes");
    }
    start_ok_ = encode_start_ok(options_);
    reader_.set_max_frame_bytes(first_frame_max(options_));
    reader_.split_bodies_from(min_split_frame_bytes);
}

void Session::handle_handshake(wire::Bytes payload, TimePoint now) {
    const wire::MethodId id = wire::peek_method_id(payload);
    if (id == wire::ConnectionClose::id) {
        handle_close(wire::decode_as<wire::ConnectionClose>(payload), now);
    } else if (state_ == State::awaiting_start && id == wire::ConnectionStart::id) {
        handle_start(wire::decode_as<wire::ConnectionStart>(payload), now);
    } else if (state_ == State::awaiting_tune && id == wire::ConnectionTune::id) {
        handle_tune(wire::decode_as<wire::ConnectionTune>(payload));
    } else if (state_ == State::awaiting_open_ok && id == wire::ConnectionOpenOk::id) {
        wire::decode_as<wire::ConnectionOpenOk>(payload);
        state_ = State::open;
        has_been_open_ = true;
        last_written_ = now;
        events_.on_open();
    } else if (state_ == State::awaiting_tune && id == wire::ConnectionSecure::id) {
        throw wire::ProtocolError(wire::ReplyCode::not_implemented,
                                  "a challenge, which neither PLAIN nor EXTERNAL has", id);
    } else {
        throw wire::ProtocolError(wire::ReplyCode::command_invalid,
                                  "a method out of turn during the handshake", id);
    }
}

void Session::handle_start(const wire::ConnectionStart& start, TimePoint now) {
    if (start.version_major != 0 || start.version_minor != 9) {
        end(Cause::protocol_error, wire::ReplyCode::not_implemented,
            "the broker speaks AMQP " + std::to_string(start.version_major) + "-" +
                std::to_string(start.version_minor) + ", not 0-9",
            Linger::none, now);
        return;
    }
    const std::string_view mechanisms = wire::as_text(start.mechanisms);
    if (!has_word(mechanisms, options_.mechanism)) {
        end(Cause::login_refused, wire::ReplyCode::access_refused,
            "the broker does not offer the mechanism " + options_.mechanism +
                ", only: " + std::string(mechanisms),
            Linger::none, now);
        return;
    }
    output_.append_control([&](wire::Buffer& buffer) { buffer.append(start_ok_.view()); });
    start_ok_ = {};
    state_ = State::awaiting_tune;
}

void Session::handle_tune(const wire::ConnectionTune& tune) {
    if (tune.frame_max != 0 && tune.frame_max < wire::min_frame_bytes) {
        throw wire::ProtocolError(wire::ReplyCode::not_allowed,
                                  "a frame_max of " + std::to_string(tune.frame_max) +
                                      " bytes is below the least that AMQP allows",
                                  wire::ConnectionTune::id);
    }
    // A limit is needed even when both sides set none.
    frame_max_ = lower_limit(tune.frame_max, options_.frame_max);
    if (frame_max_ == 0) frame_max_ = static_cast<std::uint32_t>(wire::default_frame_bytes);
    channel_max_ = lower_limit(tune.channel_max, options_.channel_max);
    if (channel_max_ == 0) channel_max_ = std::numeric_limits<std::uint16_t>::max();
    heartbeat_ = agreed_heartbeat(options_.heartbeat, std::chrono::seconds{tune.heartbeat});
    reader_.set_max_frame_bytes(frame_max_);
    reader_.set_max_header_bytes(options_.max_header_bytes);
    queue(0, wire::ConnectionTuneOk{.channel_max = channel_max_,
                                    .frame_max = frame_max_,
                                    .heartbeat = static_cast<std::uint16_t>(heartbeat_.count())});
    queue(0, wire::ConnectionOpen{.virtual_host = options_.virtual_host});
    state_ = State::awaiting_open_ok;
}

void Session::handle_close(const wire::ConnectionClose& close, TimePoint now) {
    const auto code = static_cast<wire::ReplyCode>(close.reply_code);
    Cause cause = Cause::closed_by_server;
    if (state_ == State::awaiting_tune && code == wire::ReplyCode::access_refused) {
        cause = Cause::login_refused;
    } else if (state_ == State::awaiting_open_ok) {
        // RabbitMQ refuses a virtual host with the same 530 permanently (missing, no access) and
        // temporarily (too many connections); only the text differs.
        const bool is_for_now = close.reply_text.find("connection limit") != std::string_view::npos;
        const bool is_refusal = code == wire::ReplyCode::not_allowed ||
                                code == wire::ReplyCode::invalid_path ||
                                code == wire::ReplyCode::access_refused;
        if (is_refusal && !is_for_now) cause = Cause::virtual_host_refused;
    }
    queue(0, wire::ConnectionCloseOk{});
    end(cause, code, close.reply_text, Linger::flush, now);
}

void Session::refuse_version(const wire::ProtocolHeader& header, TimePoint now) {
    const auto part = [&](std::size_t at) {
        return std::to_string(std::to_integer<int>(header.bytes[at]));
    };
    end(Cause::protocol_error, wire::ReplyCode::not_implemented,
        "the broker refused AMQP 0-9-1, it speaks " + part(5) + "-" + part(6) + "-" + part(7),
        Linger::none, now);
}

/// Recognises protocols that often answer on a broker's address. Their first words arrive in one
/// piece.
bool Session::refuse_stranger(wire::Bytes bytes, TimePoint now) {
    const std::string_view text = wire::as_text(bytes);
    std::string_view what;
    if (text.starts_with("HTTP/")) {
        what = "an HTTP server answers there; AMQP has a port of its own, by default 5672";
    } else if (text.starts_with("\x15\x03")) {  // an alert (RFC 8446, section 5.1)
        what = "the port speaks TLS; begin the url with amqps://";
    } else {
        return false;
    }
    end(Cause::protocol_error, wire::ReplyCode::frame_error, what, Linger::none, now);
    return true;
}

}  // namespace eventail::amqp
