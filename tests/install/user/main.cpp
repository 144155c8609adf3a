// A user's program: compiles with the installed headers, links all that is behind them, and works.

#include <eventail/eventail.hpp>

int main() {
    // Connects when it is used first, and it is not.
    const eventail::Endpoint endpoint({"amqp://localhost"}, "user");
    const eventail::Payload payload{{"name", "user"}, {"answer", 42}};

    return payload["answer"].get<int>() == 42 ? 0 : 1;
}
