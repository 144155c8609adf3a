// refused: describe it \(eventail/described\.hpp\)
#include <eventail/service.hpp>

struct Undescribed {};

void publish(eventail::Service& service) { service.publish_event("VisitorArrived", Undescribed{}); }
