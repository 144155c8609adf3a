// A user's program: compiles with the installed headers, links everything behind them, and works.

#include <eventail/described.hpp>
#include <eventail/eventail.hpp>

#include <string>

struct User {
    std::string name = {};
    int answer = 0;
};
BOOST_DESCRIBE_STRUCT(User, (), (name, answer))

int main() {
    // Connects on first use, which never comes.
    const eventail::Endpoint endpoint({"amqp://localhost"}, "user");
    const eventail::Payload payload{{"name", "user"}, {"answer", 42}};

    const auto user = payload.get<User>();
    return user.name == "user" && user.answer == 42 ? 0 : 1;
}
