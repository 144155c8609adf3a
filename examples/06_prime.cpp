// Answers the command prime.CheckPrime {"number": …} with {"is_prime": …}, or with an error. Start
// as many as you like: they share the load, and if one dies, the others take over its work.
// Run: 06_prime [--think-ms N] [amqp-url…]
#include <eventail/service.hpp>
#include <eventail/supervisor.hpp>

#include <chrono>
#include <cstdint>
#include <exception>
#include <iostream>
#include <string>
#include <string_view>
#include <thread>

namespace {

bool is_prime(std::uint64_t number) {
    if (number < 4) return number > 1;
    if (number % 2 == 0) return false;
    for (std::uint64_t divisor = 3; divisor <= number / divisor; divisor += 2) {
        if (number % divisor == 0) return false;
    }
    return true;
}

}  // namespace

int main(int argc, char** argv) try {
    std::chrono::milliseconds thinking{0};
    int next = 1;
    if (argc > 2 && std::string_view(argv[1]) == "--think-ms") {
        thinking = std::chrono::milliseconds(std::stol(argv[2]));
        next = 3;
    }

    eventail::ServiceOptions options{.logical_service = "prime"};
    if (argc > next) options.amqp_urls.assign(argv + next, argv + argc);
    eventail::Service prime(std::move(options));

    prime.on_command("prime.CheckPrime", [&](const eventail::Command& command) {
        const auto number = command.payload.find("number");
        if (!number || !number->is_unsigned_integer()) {
            // An exception would cause a retry and then a dead letter, but the caller wants to
            // know.
            prime.return_error(command, {{"reason", "number has to be a whole number, 0 or more"}});
            return;
        }
        std::this_thread::sleep_for(thinking);  // a handler may block: the connection stays alive
        const bool answer = is_prime(number->get<std::uint64_t>());
        prime.return_success(command, {{"is_prime", answer}});
        std::cout << number->dump() << (answer ? " is prime" : " is not prime") << std::endl;
    });

    return eventail::supervise(prime);
} catch (const std::exception& error) {
    std::cerr << "06_prime: " << error.what() << '\n';
    return 1;
}
