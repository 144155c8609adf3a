// refused: cannot be kept in a variable
#include <eventail/service.hpp>

std::string who();

void publish(eventail::Service& service) {
    eventail::Value value = {{"who", who()}};
    service.publish_event("VisitorArrived", value);
}
