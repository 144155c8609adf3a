// refused: braces make a map
#include <eventail/service.hpp>

void publish(eventail::Service& service) { service.publish_event("Counted", {"n", 1}); }
