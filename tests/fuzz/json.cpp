// Any bytes as a JSON payload: accepted content equals nlohmann's reading, and can be written as
// JSON that reads the same.
#include "payload/payload_codec.hpp"
#include <eventail/json.hpp>

#include <cstdint>
#include <cstdlib>

namespace {

using eventail::Payload;

void expect(bool condition) {
    if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto body = std::as_bytes(std::span(data, size));

    const auto decoded = eventail::payload::decode("application/json", body, {});

    const auto* const payload = std::get_if<Payload>(&decoded);
    if (payload == nullptr) {
        expect(std::get<eventail::payload::DecodeError>(decoded).offset <= size);
        return 0;
    }
    const eventail::json tree = payload->json();
    expect(tree == (size == 0 ? eventail::json() : eventail::json::parse(data, data + size)));

    eventail::wire::Buffer text;
    eventail::payload::encode_json(*payload, text, {.max_bytes = std::size_t{1} << 26});
    const auto* const begin = reinterpret_cast<const char*>(text.data());
    expect(eventail::json::parse(begin, begin + text.size()) == tree);
    return 0;
}
