// refused: a list is written eventail::Value::list
#include <eventail/service.hpp>

void publish(eventail::Service& service) { service.publish_event("Counted", {{"n", {1, 2}}}); }
