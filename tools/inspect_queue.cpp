#include "tools/inspect_queue.hpp"

#include "base/printable.hpp"
#include "tools/argument_checks.hpp"
#include "tools/bus/broker_client.hpp"
#include "tools/exit_status.hpp"
#include "tools/interruption.hpp"
#include "tools/message_text.hpp"
#include "tools/output.hpp"
#include "tools/save_folder.hpp"
#include <eventail/error.hpp>

#include <CLI/CLI.hpp>

#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace eventail::tools {

namespace {

struct Arguments {
    std::string queue = {};
    std::uint64_t count = 10;
    std::uint64_t delivery_limit = 20;
    std::string save_folder = {};
    bool saves_json = false;
    bool is_forced = false;
    bool has_json_output = false;
};

/// The first broker of a cluster that answers will do. @throws Error of the last one
std::unique_ptr<BrokerClient> connect(const std::vector<std::string>& urls) {
    for (std::size_t i = 0;; ++i) {
        try {
            return std::make_unique<BrokerClient>(
                BrokerClient::Options{.url = urls[i], .connection_name = "eventail inspect-queue"});
        } catch (const Error& error) {
            const bool is_final = error.code() == Errc::access_refused || i + 1 == urls.size();
            if (is_final) throw;
        }
    }
}

void check_delivery_count(const BusMessage& message, const Arguments& arguments) {
    const std::uint64_t count = delivery_count_of(message);
    if (arguments.is_forced || !is_near_delivery_limit(count, arguments.delivery_limit)) return;
    throw Error(Errc::invalid_state,
                arguments.queue + ": a message was delivered " + std::to_string(count) +
                    " times before, and each look counts: near the delivery limit (" +
                    std::to_string(arguments.delivery_limit) +
                    ", --delivery-limit) the queue drops or dead-letters it; --force looks all "
                    "the same");
}

/// @return how many it showed
std::uint64_t show(BrokerClient& client, const Arguments& arguments) {
    std::optional<SaveFolder> folder;
    if (!arguments.save_folder.empty()) folder.emplace(arguments.save_folder);
    const OutputStyle style = OutputStyle::of_standard_output();
    std::uint64_t shown = 0;
    while (shown < arguments.count) {
        const std::optional<BusMessage> message = client.get(arguments.queue);
        if (!message) break;
        check_delivery_count(*message, arguments);
        const Content content = content_of(*message);
        if (folder) folder->save(*message, content, arguments.saves_json);
        write_line(arguments.has_json_output ? json_line_of(*message, content)
                                             : line_of(*message, content, style));
        ++shown;
    }
    return shown;
}

int run_inspect_queue(const Arguments& arguments, const ConnectionArguments& connection) {
    if (arguments.saves_json && arguments.save_folder.empty()) {
        throw Error(Errc::invalid_argument, "--as-json is for --save FOLDER");
    }
    const std::vector<std::string> urls = broker_urls(connection);
    end_on_stop_signal(
        [] { return "eventail: interrupted; the broker puts the messages back into the queue"; });
    const std::unique_ptr<BrokerClient> client = connect(urls);
    const QueueState before = client->look_at_queue(arguments.queue);
    std::uint64_t shown = 0;
    std::exception_ptr failure;
    try {
        shown = show(*client, arguments);
    } catch (const Error& error) {
        if (error.code() == Errc::connection_failed) throw;
        failure = std::current_exception();
    } catch (const ClosedPipe&) {
        failure = std::current_exception();
    }
    client->give_back_all();
    if (failure) std::rethrow_exception(failure);
    if (!arguments.has_json_output) {
        write_error_line("eventail: " + std::to_string(shown) + " of " +
                         std::to_string(before.ready) + " ready messages shown, and given back; " +
                         std::to_string(before.consumers) +
                         (before.consumers == 1 ? " consumer" : " consumers"));
    }
    return done;
}

}  // namespace

void add_inspect_queue(CLI::App& app, ConnectionArguments& connection, Job& job) {
    CLI::App* const command = app.add_subcommand(
        "inspect-queue",
        "Shows the first messages of a queue, and gives them back to their places.\n"
        "They are marked as redelivered from then on. Consumers of the queue do not\n"
        "get them meanwhile. A quorum queue counts each look as a delivery.");
    const auto arguments = std::make_shared<Arguments>();
    command->add_option("QUEUE", arguments->queue, "such as shop.events")
        ->required()
        ->type_name("")
        ->check(CLI::Validator(what_is_wrong_with_key, ""));
    add_connection_options(*command, connection);
    command->add_option("--count", arguments->count, "at most so many messages (10)")
        ->type_name("N")
        ->check(CLI::Validator(what_is_wrong_with_count, ""));
    command->add_option("--save", arguments->save_folder, "save each content in a file there")
        ->type_name("FOLDER");
    command->add_flag("--as-json", arguments->saves_json, "save JSON, whatever it was sent as");
    command
        ->add_option("--delivery-limit", arguments->delivery_limit,
                     "of a quorum queue (20, the default of RabbitMQ 4)")
        ->type_name("N")
        ->check(CLI::Validator(what_is_wrong_with_count, ""));
    command->add_flag("--force", arguments->is_forced,
                      "look although a message is near the delivery limit");
    command->add_flag("--json", arguments->has_json_output,
                      "print a JSON object with all fields for each message");
    command->footer(
        "Examples:\n  eventail inspect-queue shop.events\n"
        "  eventail -c prod inspect-queue am-dlq --count 100 --json | jq .headers");
    command->callback([arguments, &connection, &job] {
        job = [arguments, &connection] { return run_inspect_queue(*arguments, connection); };
    });
}

std::uint64_t delivery_count_of(const BusMessage& message) {
    const auto count = message.headers.find("x-delivery-count");
    return count && count->is_unsigned_integer() ? count->get<std::uint64_t>() : 0;
}

bool is_near_delivery_limit(std::uint64_t delivery_count, std::uint64_t delivery_limit) {
    constexpr std::uint64_t margin = 3;
    return delivery_count > 0 && delivery_count + margin >= delivery_limit;
}

}  // namespace eventail::tools
