// refused: convert __int128
#include <eventail/payload.hpp>

__extension__ typedef __int128 Int128;

eventail::Payload published(Int128 number) { return {{"number", number}}; }
