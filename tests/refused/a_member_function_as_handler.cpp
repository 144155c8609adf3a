// refused: a member function needs its object
#include <eventail/service.hpp>

class Greeter : public eventail::Service {
public:
    explicit Greeter(eventail::ServiceOptions options) : Service(std::move(options)) {
        on_event("VisitorArrived", &Greeter::greet);
    }
    void greet(const eventail::Event& event);
};
