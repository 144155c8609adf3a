// refused: describe it \(eventail/described\.hpp\)
#include <eventail/payload.hpp>

struct Undescribed {};

Undescribed read(const eventail::Payload& payload) { return payload.get<Undescribed>(); }
