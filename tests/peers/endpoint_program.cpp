// Publishes one message of each kind that an Endpoint can, for tests of their receivers.
// Run: endpoint_program URL NAME [--json]
#include <eventail/endpoint.hpp>

#include <string>
#include <string_view>

int main(int argc, char** argv) {
    if (argc < 3) return 2;
    const std::string name = argv[2];
    eventail::Endpoint endpoint({argv[1]}, name);
    if (argc > 3 && std::string_view(argv[3]) == "--json") {
        endpoint.set_encoding(eventail::Encoding::json);
    }

    endpoint.log(eventail::Severity::warning, "publishing",
                 {.full_message = "several\nlines",
                  .conversation_id = "a case",
                  .fields = {{"number", 1}, {"id", "dropped"}}});
    endpoint.publish_event(name + "Happened", {{"text", "café"}, {"number", -42}},
                           {.conversation_id = "a case", .mandatory = true});
    endpoint.publish_configuration(name + "Configured", {{"on", true}}, {.mandatory = true});
}
