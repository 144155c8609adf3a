// refused: keep a Payload
#include <eventail/payload.hpp>

std::string who();

eventail::Payload published() {
    const eventail::Value value = {{"who", who()}};
    return eventail::Payload(value);
}
