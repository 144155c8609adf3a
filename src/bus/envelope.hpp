// Turns content into messages of the bus: sole owner, with envelope_headers, of the names of
// exchanges, headers and consumer tags. interpret does the reverse; payload_codec encodes content,
// topology names queues, ledger and outbox track messages. (protocol.md, "Messages")
#pragma once

#include "payload/payload_codec.hpp"
#include "wire/buffer.hpp"
#include "wire/publication.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace eventail::bus {

enum class Kind : std::uint8_t { event, command, result, configuration, log };

/// The queue of a service on which a message arrived. It decides the kind of message; the exchange
/// cannot, because dead-lettering and shovels change it.
enum class Source : std::uint8_t { events, commands, configurations };

inline constexpr std::array<std::string_view, 4> all_exchanges = {"events", "commands",
                                                                  "configurations", "logs"};

std::string_view exchange_of(Kind kind);
std::string_view exchange_of(Source source);

std::string_view consumer_tag_of(Source source);
std::optional<Source> source_of(std::string_view consumer_tag);

/// AMQP's short strings: names, ids, routing keys, queues.
inline constexpr std::size_t max_short_text_bytes = 255;
/// Keeps the properties within the smallest frame that a broker may insist on.
inline constexpr std::size_t max_conversation_id_bytes = 2048;

/// An outgoing message without its content.
struct Outgoing {
    Kind kind = Kind::event;
    std::string_view name = {};  ///< the routing key; of a result: the `reply_to` of its command
    std::string_view conversation_id = {};
    std::string_view correlation_id = {};  ///< of commands and results
    bool is_correlated_by_id = false;      ///< uses the message id instead
    std::string_view reply_to = {};        ///< of commands; not empty there
    bool is_success = true;                ///< of results
    bool is_mandatory = false;
    bool is_persistent = true;
    std::string_view content_type = payload::cbor_content_type;
    std::string_view message_id = {};  ///< empty: left out, as are the next two if empty
    std::uint64_t timestamp = 0;       ///< seconds since 1970
    std::string_view app_id = {};
};

/// The frames of a message before its body, checked and measured, ready to be written anywhere.
/// Refers to everything that the message refers to; each thread can prepare one at a time. A log
/// record has no properties and no headers, so their fields are ignored. Allocates nothing.
class MessageHead {
public:
    /// Throws Error (invalid_argument), which names the field, if a name or an id is too long, is
    /// not UTF-8 (Python peers lose their connection over it), or is missing.
    MessageHead(const Outgoing& message, std::uint16_t channel, std::size_t body_bytes);
    MessageHead(const MessageHead&) = delete;
    MessageHead& operator=(const MessageHead&) = delete;

    std::size_t size_bytes() const { return frames_.size_bytes(); }
    /// Writes size_bytes() bytes. @return where they end
    std::byte* write(std::byte* out) const { return frames_.write(out); }

private:
    wire::BasicPublish publish_;
    wire::ContentHeader header_;
    wire::PublicationHead frames_;
};

/// Appends a whole message and returns the size of its frames. Throws as MessageHead does, and
/// appends nothing then.
std::size_t encode_message(wire::Buffer& out, std::uint16_t channel, const Outgoing& message,
                           wire::Bytes body, std::size_t max_frame_bytes);

}  // namespace eventail::bus
