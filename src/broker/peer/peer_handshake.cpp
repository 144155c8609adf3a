// The handshake: protocol header, login, limits, virtual host. Like RabbitMQ, it drops a client
// that breaks the protocol during it, without a close. (AMQP 0-9-1, section 2.2.4)
#include "broker/core/refusal.hpp"
#include "broker/peer/peer.hpp"
#include "broker/peer/peer_login.hpp"
#include "wire/table.hpp"
#include <eventail/version.hpp>

namespace eventail::broker {

namespace {

/// "AMQP" 1 1 0 9. Some clients of 0-9-1 send it, and RabbitMQ treats it as 0-9-1.
constexpr wire::ProtocolHeader header_of_0_9{{std::byte{'A'}, std::byte{'M'}, std::byte{'Q'},
                                              std::byte{'P'}, std::byte{1}, std::byte{1},
                                              std::byte{0}, std::byte{9}}};

/// Clients adapt to product and version, so these are RabbitMQ's.
wire::Table server_properties() {
    wire::Table capabilities;
    for (const std::string_view name :
         {"publisher_confirms", "exchange_exchange_bindings", "basic.nack",
          "consumer_cancel_notify", "connection.blocked", "consumer_priorities",
          "authentication_failure_close", "per_consumer_qos", "direct_reply_to"}) {
        capabilities.set(name, true);
    }
    wire::Table properties;
    properties.set("capabilities", capabilities.view())
        .set("cluster_name", std::string_view("eventail"))
        .set("information", std::string_view("In memory, for development and tests"))
        .set("platform", std::string_view("eventail " EVENTAIL_VERSION))
        .set("product", std::string_view("RabbitMQ"))
        .set("version", std::string_view("3.10.8"));
    return properties;
}

/// RabbitMQ's rule: the value must be within the server's limit. 0, meaning no limit, is not.
void check_limit(std::string_view what, std::uint32_t value, std::uint32_t lowest,
                 std::uint32_t highest) {
    if (value != 0 && value < lowest) {
        refuse(wire::ReplyCode::not_allowed,
               text("negotiated ", what, " = ", std::to_string(value),
                    " is lower than the minimum allowed value (", std::to_string(lowest), ")"));
    }
    if (highest != 0 && (value == 0 || value > highest)) {
        refuse(wire::ReplyCode::not_allowed,
               text("negotiated ", what, " = ", std::to_string(value),
                    " is higher than the maximum allowed value (", std::to_string(highest), ")"));
    }
}

}  // namespace

void Peer::handle_header() {
    const wire::ProtocolHeader& header = *reader_.peer_header();
    if (header != wire::protocol_header() && header != header_of_0_9) {
        output_.send_protocol_header();
        drop_client("the client asks for another version of AMQP than 0-9-1");
        return;
    }
    const wire::Table properties = server_properties();
    output_.send(0, wire::ConnectionStart{.version_major = 0,
                                          .version_minor = 9,
                                          .server_properties = properties,
                                          .mechanisms = wire::as_bytes(login_mechanisms),
                                          .locales = wire::as_bytes("en_US")});
    state_ = State::starting;
}

void Peer::handle_handshake(wire::MethodId id, wire::Bytes payload, TimePoint now) {
    if (state_ == State::starting && id == wire::ConnectionStartOk::id) {
        handle_start_ok(read_method<wire::ConnectionStartOk>(payload), now);
    } else if (state_ == State::tuning && id == wire::ConnectionTuneOk::id) {
        handle_tune_ok(read_method<wire::ConnectionTuneOk>(payload));
    } else if (state_ == State::opening && id == wire::ConnectionOpen::id) {
        handle_open(read_method<wire::ConnectionOpen>(payload));
    } else {
        refuse(wire::ReplyCode::channel_error, "unexpected method during the handshake");
    }
}

void Peer::handle_start_ok(const wire::ConnectionStartOk& method, TimePoint now) {
    read_client_properties(method.client_properties);
    const auto login = read_login(method.mechanism, method.response);
    if (!login) refuse(wire::ReplyCode::command_invalid, "the login cannot be read");
    if (context_.core.is_login(login->user, login->password)) {
        user_ = login->user;
        output_.send(0, wire::ConnectionTune{.channel_max = context_.options.channel_max,
                                             .frame_max = context_.options.frame_max,
                                             .heartbeat = static_cast<std::uint16_t>(
                                                 context_.options.heartbeat.count())});
        state_ = State::tuning;
        return;
    }
    const std::string refusal =
        text("ACCESS_REFUSED - Login was refused using authentication mechanism ", method.mechanism,
             ". For details see the broker logfile.");
    if (is_told_of_refusal_) {
        start_closing(wire::ReplyCode::access_refused, refusal, {0, 0}, now);
    } else {
        drop_client(refusal);
    }
}

void Peer::read_client_properties(wire::TableView properties) {
    if (const auto name = properties.find("connection_name")) {
        connection_name_ = name->as_text().value_or("");
        take_fault_rules();
    }
    const auto field = properties.find("capabilities");
    const auto capabilities = field ? field->as_table() : std::nullopt;
    if (!capabilities) return;
    const auto has = [&](std::string_view name) {
        const auto capability = capabilities->find(name);
        return capability && capability->as_bool().value_or(false);
    };
    is_told_of_refusal_ = has("authentication_failure_close");
    is_told_of_alarms_ = has("connection.blocked");
    is_told_of_cancels_ = has("consumer_cancel_notify");
}

void Peer::handle_tune_ok(const wire::ConnectionTuneOk& method) {
    check_limit("frame_max", method.frame_max, static_cast<std::uint32_t>(wire::min_frame_bytes),
                context_.options.frame_max);
    check_limit("channel_max", method.channel_max, 1, context_.options.channel_max);
    channel_max_ = method.channel_max;
    heartbeat_ = std::chrono::seconds{method.heartbeat};
    output_.set_frame_max(method.frame_max);
    // RabbitMQ allows the payload the size that a whole frame may have.
    reader_.set_max_frame_bytes(method.frame_max + wire::frame_overhead_bytes);
    state_ = State::opening;
}

void Peer::handle_open(const wire::ConnectionOpen& method) {
    connection_ = context_.core.connect(user_, method.virtual_host, *this);
    virtual_host_ = method.virtual_host;
    output_.send(0, wire::ConnectionOpenOk{});
    state_ = State::running;
    transport_.log(text("user '", user_, "' entered '", virtual_host_, "'",
                        connection_name_.empty() ? "" : " as ", connection_name_));
}

}  // namespace eventail::broker
