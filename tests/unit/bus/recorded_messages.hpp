// The messages that the Python original published in the recorded session.
#pragma once

#include "unit/wire/golden.hpp"
#include "wire/properties.hpp"

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace eventail::bus {

struct RecordedMessage {
    std::string exchange = {};
    std::string routing_key = {};
    bool is_mandatory = false;
    std::uint16_t channel = 0;
    std::string frames = {};  ///< method, header and body
    std::string header = {};  ///< the header frame's payload
    std::string body = {};

    wire::Properties properties() const {
        return wire::decode_content_header(wire::as_bytes(header)).properties;
    }
};

inline std::vector<RecordedMessage> recorded_messages() {
    std::vector<RecordedMessage> messages;
    for (const wire::golden::Record& record : wire::golden::records()) {
        const auto& line = record.line;
        if (line.at("from") != "client" || record.is("protocol-header")) continue;
        if (record.is("method")) {
            if (line.at("method") != "Basic.Publish") continue;
            const auto& fields = line.at("fields");
            messages.push_back({.exchange = fields.at("exchange"),
                                .routing_key = fields.at("routing_key"),
                                .is_mandatory = fields.at("mandatory"),
                                .channel = line.at("channel"),
                                .frames = record.raw});
        } else {
            RecordedMessage& message = messages.back();
            const std::string payload = record.raw.substr(7, record.raw.size() - 8);
            (record.is("header") ? message.header : message.body) += payload;
            message.frames += record.raw;
        }
    }
    return messages;
}

/// The `index`th message with this routing key.
inline RecordedMessage recorded(std::string_view routing_key, std::size_t index = 0) {
    for (const RecordedMessage& message : recorded_messages()) {
        if (message.routing_key == routing_key && index-- == 0) return message;
    }
    throw std::out_of_range("no such message was recorded");
}

}  // namespace eventail::bus
