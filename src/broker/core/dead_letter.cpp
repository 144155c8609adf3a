#include "broker/core/dead_letter.hpp"

#include "broker/core/header_fields.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace eventail::broker {

namespace {

bool has_text(wire::TableView table, std::string_view name, std::string_view value) {
    const auto field = table.find(name);
    return field && field->type() == 'S' && *field->as_text() == value;
}

std::optional<wire::ArrayView> deaths_of(const Message& message) {
    const auto field = message.headers().find("x-death");
    return field ? field->as_array() : std::nullopt;
}

HeaderFields new_entry(const Message& message, const Death& death) {
    std::vector<std::string> keys = {encode_long_string(message.routing_key())};
    if (const auto copies = message.headers().find("CC")) {
        const wire::ArrayView visible = copies->as_array().value_or(wire::ArrayView());
        for (const wire::FieldView key : visible) keys.push_back(encode_value(key));
    }
    HeaderFields entry;
    entry.set("count", encode_long(1));
    entry.set("reason", encode_long_string(to_text(death.reason)));
    entry.set("queue", encode_long_string(death.queue));
    entry.set("time",
              encode_timestamp(static_cast<std::uint64_t>(death.date.time_since_epoch().count())));
    entry.set("exchange", encode_long_string(message.exchange()));
    entry.set("routing-keys", encode_array(keys));
    const wire::Properties properties = message.decoded_properties();
    if (properties.expiration) {
        entry.set("original-expiration", encode_long_string(*properties.expiration));
    }
    return entry;
}

std::int64_t count_of(wire::TableView entry) {
    // A client can write any number there; the sum must not overflow.
    constexpr std::int64_t most = 1'000'000'000'000;
    const auto field = entry.find("count");
    return field ? std::clamp<std::int64_t>(field->as_int64().value_or(0), 0, most) : 0;
}

void add_first_death(HeaderFields& headers, const Message& message, const Death& death) {
    headers.set("x-death", encode_array({new_entry(message, death).encode_as_value()}));
    // Replaces a client's malformed x-death, but does not count this as the first death.
    if (message.headers().find("x-death")) return;
    headers.set("x-first-death-reason", encode_long_string(to_text(death.reason)));
    headers.set("x-first-death-queue", encode_long_string(death.queue));
    headers.set("x-first-death-exchange", encode_long_string(message.exchange()));
}

void add_further_death(HeaderFields& headers, wire::ArrayView deaths, const Message& message,
                       const Death& death) {
    HeaderFields latest;
    std::vector<std::string> others;
    std::int64_t count = 0;
    for (const wire::FieldView field : deaths) {
        const auto entry = field.as_table();
        if (entry && has_text(*entry, "queue", death.queue) &&
            has_text(*entry, "reason", to_text(death.reason))) {
            if (count == 0) latest = HeaderFields(*entry);
            count += count_of(*entry);
        } else {
            others.push_back(encode_value(field));
        }
    }
    if (count == 0) {
        latest = new_entry(message, death);
    } else {
        latest.set("count", encode_long(count + 1));
    }
    latest.sort();
    others.insert(others.begin(), latest.encode_as_value());
    headers.set("x-death", encode_array(others));
}

}  // namespace

std::string_view to_text(DeathReason reason) {
    switch (reason) {
        case DeathReason::rejected: return "rejected";
        case DeathReason::expired: return "expired";
        case DeathReason::maxlen: break;
    }
    return "maxlen";
}

MessagePtr bury(const std::shared_ptr<MemoryGauge>& gauge, const Message& message,
                const Death& death, const DeadLetterAddress& address) {
    HeaderFields headers(message.headers());
    if (const auto deaths = deaths_of(message)) {
        add_further_death(headers, *deaths, message, death);
    } else {
        add_first_death(headers, message, death);
    }
    Address new_address{std::string(address.exchange), message.routing_key(), message.copies()};
    if (address.routing_key) {
        headers.remove("CC");
        new_address = {std::string(address.exchange), *address.routing_key, {}};
    }
    headers.sort();

    const wire::Buffer encoded_headers = headers.encode();
    wire::Properties properties = message.decoded_properties();
    properties.headers = wire::TableView::parse(encoded_headers.view());
    properties.expiration.reset();
    return std::make_shared<Message>(gauge, std::move(new_address), encode_properties(properties),
                                     message.shared_body());
}

bool is_in_circles(const Message& letter, std::string_view queue) {
    // Each hop copies the history, so even a route without circles must end.
    constexpr std::size_t max_deaths = 1000;
    const auto deaths = deaths_of(letter);
    if (!deaths) return false;
    std::size_t count = 0;
    for (const wire::FieldView field : *deaths) {
        if (++count > max_deaths) return true;
        const auto entry = field.as_table();
        if (!entry) continue;
        if (has_text(*entry, "reason", "rejected")) return false;
        if (has_text(*entry, "queue", queue)) return true;
    }
    return false;
}

}  // namespace eventail::broker
