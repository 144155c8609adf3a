// A user's test: starts the installed broker in its own process and publishes to it.

#include <eventail/broker.hpp>
#include <eventail/endpoint.hpp>

int main() {
    eventail::EmbeddedBroker broker;
    broker.declare_exchange("events");
    broker.declare_queue("seen", "events", {"VisitorArrived"});

    eventail::Endpoint door({broker.url()}, "door");
    door.publish_event("VisitorArrived", {{"name", "Ada"}}, {.max_retries = 0});

    return broker.peek("seen").size() == 1 ? 0 : 1;
}
