// refused: convert __int128
#include <eventail/payload.hpp>

__extension__ typedef __int128 Int128;

Int128 read(const eventail::Payload& payload) { return payload["number"].get<Int128>(); }
