// refused: cannot be kept in a variable
#include <eventail/payload.hpp>

std::string who();

eventail::Payload published() {
    eventail::Value value = {{"who", who()}};
    return eventail::Payload(value);
}
