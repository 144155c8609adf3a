// Structs instead of keys: each message is described in one place, and handlers take the struct.
// Asks itself for the area of four rooms. The third one has no walls, which is an error; the last
// one is malformed, and is dead-lettered with the reason. Run: 08_described [amqp-url…]
#include <eventail/described.hpp>
#include <eventail/service.hpp>
#include <eventail/supervisor.hpp>

#include <iostream>
#include <optional>
#include <string>
#include <vector>

BOOST_DEFINE_ENUM_CLASS(Use, living, working)

struct Wall {
    std::string name = {};
    double length_m = 0;
};
BOOST_DESCRIBE_STRUCT(Wall, (), (name, length_m))

struct Measure {  // the command
    Use use = Use::living;
    std::vector<Wall> walls = {};
    std::optional<std::string> note = {};  // may be missing
};
BOOST_DESCRIBE_STRUCT(Measure, (), (use, walls, note))

struct Measured {  // its result
    Use use = Use::living;
    double area_m2 = 0;
};
BOOST_DESCRIBE_STRUCT(Measured, (), (use, area_m2))

struct Refused {
    std::string reason;
};
BOOST_DESCRIBE_STRUCT(Refused, (), (reason))

class Surveyor : public eventail::Service {
public:
    explicit Surveyor(eventail::ServiceOptions options) : Service(std::move(options)) {
        on_command("surveyor.Measure",
                   [this](const eventail::Command& command, const Measure& room) {
                       if (room.note) std::cout << "note: " << *room.note << std::endl;
                       if (room.walls.empty()) {
                           return_error(command, Refused{"there are no walls"});
                           return;
                       }
                       double area = 1;
                       for (const Wall& wall : room.walls) area *= wall.length_m;
                       return_success(command, Measured{room.use, area});
                   });
        on_result("surveyor.MeasureReturn", [](const Measured& measured) {
            const bool is_home = measured.use == Use::living;
            std::cout << (is_home ? "home: " : "office: ") << measured.area_m2 << " m²"
                      << std::endl;
        });
        on_error("surveyor.MeasureReturn", [](const Refused& refused) {
            std::cout << "not measured: " << refused.reason << std::endl;
        });
    }

    void on_ready() override {
        ask(Measure{Use::living, {{"north", 4}, {"west", 5.5}}, "with a view"});
        ask(Measure{Use::working, {{"north", 3}, {"west", 3}}});
        ask(Measure{Use::working, {}});
        ask({{"use", "working"}, {"walls", eventail::Value::list({{{"name", "north"}}})}});
    }

private:
    void ask(eventail::Value room) {
        send_command("surveyor.Measure", std::move(room), "surveyor.MeasureReturn");
    }
};

int main(int argc, char** argv) {
    eventail::ServiceOptions options{.logical_service = "surveyor"};
    if (argc > 1) options.amqp_urls.assign(argv + 1, argv + argc);
    return eventail::ReconnectingSupervisor<Surveyor>(std::move(options)).run();
}
