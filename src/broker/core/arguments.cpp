#include "broker/core/arguments.hpp"

#include "broker/core/header_fields.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <limits>
#include <optional>
#include <string>

namespace eventail::broker {

namespace {

using namespace std::string_view_literals;

constexpr std::array queue_arguments = {"x-expires"sv,
                                        "x-message-ttl"sv,
                                        "x-dead-letter-exchange"sv,
                                        "x-dead-letter-routing-key"sv,
                                        "x-max-length"sv,
                                        "x-max-length-bytes"sv,
                                        "x-max-priority"sv,
                                        "x-overflow"sv,
                                        "x-queue-mode"sv,
                                        "x-single-active-consumer"sv,
                                        "x-queue-type"sv,
                                        "x-queue-version"sv};
constexpr std::array exchange_arguments = {"alternate-exchange"sv};

constexpr std::int64_t max_duration = 315'360'000'000;  // milliseconds: ten years, as in RabbitMQ

[[noreturn]] void refuse_difference(std::string_view name, const ResourceName& resource,
                                    std::string_view given, std::string_view current) {
    refuse(wire::ReplyCode::precondition_failed,
           text("inequivalent arg '", name, "' for ", to_text(resource), ": received ", given,
                " but current is ", current));
}

std::string described(const std::optional<wire::FieldView>& field) {
    if (!field) return "none";
    return text("the value '", value_text(*field), "' of type '", type_name(field->type()), "'");
}

bool is_same(wire::FieldView left, wire::FieldView right) {
    // RabbitMQ compares numbers of any width.
    if (left.as_int64() && right.as_int64()) return left.as_int64() == right.as_int64();
    return left == right;
}

/// The arguments of one declaration, read one by one.
class ArgumentReader {
public:
    ArgumentReader(wire::TableView arguments, const ResourceName& resource)
        : arguments_(arguments), resource_(resource) {}

    std::optional<std::int64_t> integer(std::string_view name, std::int64_t max) const {
        const auto field = arguments_.find(name);
        if (!field) return std::nullopt;
        const auto value = field->as_int64();
        if (!value) refuse_value(name, expected_integer(*field));
        if (*value < 0) refuse_value(name, text("{value_negative,", std::to_string(*value), "}"));
        if (*value > max) {
            refuse_value(name, text("{value_too_large,", std::to_string(*value), "}"));
        }
        return value;
    }

    std::optional<std::chrono::milliseconds> duration(std::string_view name) const {
        const auto value = integer(name, max_duration);
        if (!value) return std::nullopt;
        return std::chrono::milliseconds(*value);
    }

    std::optional<std::uint64_t> count(std::string_view name) const {
        const auto value = integer(name, std::numeric_limits<std::int64_t>::max());
        if (!value) return std::nullopt;
        return static_cast<std::uint64_t>(*value);
    }

    std::optional<std::string> string(std::string_view name) const {
        const auto field = arguments_.find(name);
        if (!field) return std::nullopt;
        if (field->type() != 'S') refuse_type(name, *field);
        return std::string(*field->as_text());
    }

    /// The name of an exchange; for a wrong type RabbitMQ has a separate text.
    std::optional<std::string> exchange(std::string_view name) const {
        const auto field = arguments_.find(name);
        if (!field) return std::nullopt;
        if (field->type() != 'S') {
            refuse(wire::ReplyCode::precondition_failed,
                   text("invalid type '", type_name(field->type()), "' for arg '", name, "' in ",
                        to_text(resource_)));
        }
        return std::string(*field->as_text());
    }

    bool boolean(std::string_view name) const {
        const auto field = arguments_.find(name);
        if (!field) return false;
        if (!field->as_bool()) refuse_type(name, *field);
        return *field->as_bool();
    }

    int priority(std::string_view name) const {
        const auto field = arguments_.find(name);
        if (!field) return 0;
        const auto value = field->as_int64();
        if (!value) refuse_value(name, expected_integer(*field));
        return static_cast<int>(std::clamp<std::int64_t>(*value, std::numeric_limits<int>::min(),
                                                         std::numeric_limits<int>::max()));
    }

    [[noreturn]] void refuse_value(std::string_view name, std::string_view why) const {
        refuse(wire::ReplyCode::precondition_failed,
               text("invalid arg '", name, "' for ", to_text(resource_), ": ", why));
    }

private:
    static std::string expected_integer(wire::FieldView field) {
        return text("\"expected integer, got ", type_name(field.type()), "\"");
    }
    [[noreturn]] void refuse_type(std::string_view name, wire::FieldView field) const {
        refuse_value(name, text("{unacceptable_type,", type_name(field.type()), "}"));
    }

    wire::TableView arguments_;
    const ResourceName& resource_;
};

std::optional<Overflow> read_overflow(const ArgumentReader& reader) {
    const auto value = reader.string("x-overflow");
    if (!value) return std::nullopt;
    if (*value == "drop-head") return Overflow::drop_head;
    if (*value == "reject-publish") return Overflow::reject_publish;
    if (*value == "reject-publish-dlx") return Overflow::reject_publish_dlx;
    reader.refuse_value("x-overflow", "invalid_overflow");
}

std::uint8_t read_max_priority(const ArgumentReader& reader) {
    constexpr std::string_view name = "x-max-priority";
    const auto value = reader.integer(name, std::numeric_limits<std::int64_t>::max()).value_or(0);
    if (value > 255)
        reader.refuse_value(name, text("{max_value_exceeded,", std::to_string(value), "}"));
    return static_cast<std::uint8_t>(value);
}

/// Arguments that choose how RabbitMQ stores a queue. They make no difference in memory, so every
/// value that fits a classic queue is accepted.
void check_storage(const ArgumentReader& reader) {
    const std::string mode = reader.string("x-queue-mode").value_or("default");
    if (mode != "default" && mode != "lazy") {
        reader.refuse_value("x-queue-mode", text("\"unsupported queue mode '", mode, "'\""));
    }
    const std::string type = reader.string("x-queue-type").value_or("classic");
    if (type != "classic") {
        reader.refuse_value("x-queue-type", text("\"unsupported queue type '", type, "'\""));
    }
    const std::int64_t version =
        reader.integer("x-queue-version", std::numeric_limits<std::int64_t>::max()).value_or(1);
    if (version != 1 && version != 2) {
        reader.refuse_value("x-queue-version",
                            text("\"unsupported queue version '", std::to_string(version), "'\""));
    }
}

}  // namespace

QueueArguments read_queue_arguments(wire::TableView arguments, const ResourceName& queue) {
    const ArgumentReader reader(arguments, queue);
    QueueArguments read;
    Settings& settings = read.settings;
    settings.expires = reader.duration("x-expires");
    if (settings.expires == std::chrono::milliseconds(0)) {
        reader.refuse_value("x-expires", "{value_zero,0}");
    }
    settings.message_ttl = reader.duration("x-message-ttl");
    settings.dead_letter_exchange = reader.exchange("x-dead-letter-exchange");
    settings.dead_letter_routing_key = reader.string("x-dead-letter-routing-key");
    if (settings.dead_letter_routing_key && !settings.dead_letter_exchange) {
        reader.refuse_value("x-dead-letter-routing-key", "routing_key_but_no_dlx_defined");
    }
    settings.max_length = reader.count("x-max-length");
    settings.max_length_bytes = reader.count("x-max-length-bytes");
    read.max_priority = read_max_priority(reader);
    settings.overflow = read_overflow(reader);
    read.single_active_consumer = reader.boolean("x-single-active-consumer");
    check_storage(reader);
    return read;
}

Settings read_exchange_arguments(wire::TableView arguments, const ResourceName& exchange) {
    Settings settings;
    settings.alternate_exchange =
        ArgumentReader(arguments, exchange).exchange("alternate-exchange");
    return settings;
}

int read_consumer_priority(wire::TableView arguments, const ResourceName& queue) {
    return ArgumentReader(arguments, queue).priority("x-priority");
}

std::span<const std::string_view> queue_argument_names() { return queue_arguments; }

std::span<const std::string_view> exchange_argument_names() { return exchange_arguments; }

void require_equivalent(wire::TableView given, wire::TableView current,
                        std::span<const std::string_view> names, const ResourceName& resource) {
    for (const std::string_view name : names) {
        const auto wanted = given.find(name);
        const auto had = current.find(name);
        if (!wanted && !had) continue;
        if (!wanted || !had) {
            refuse_difference(name, resource, described(wanted), described(had));
        }
        if (!is_same(*wanted, *had)) {
            refuse_difference(name, resource, text("'", value_text(*wanted), "'"),
                              text("'", value_text(*had), "'"));
        }
    }
}

void require_equivalent(std::string_view given, std::string_view current, std::string_view name,
                        const ResourceName& resource) {
    if (given == current) return;
    refuse_difference(name, resource, text("'", given, "'"), text("'", current, "'"));
}

void require_equivalent(bool given, bool current, std::string_view name,
                        const ResourceName& resource) {
    const auto word = [](bool flag) { return flag ? "true"sv : "false"sv; };
    require_equivalent(word(given), word(current), name, resource);
}

}  // namespace eventail::broker
