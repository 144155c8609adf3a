// Any bytes as a CBOR payload: refused, or readable to the last item. The content read equals the
// content after writing it, and equals nlohmann's reading of the plain form.
#include "payload/payload_codec.hpp"
#include <eventail/json.hpp>

#include <algorithm>
#include <cstdint>
#include <cstdlib>

namespace {

using eventail::Payload;
using eventail::PayloadView;

void expect(bool condition) {
    if (!condition) std::abort();
}

bool has_nan(PayloadView view) {
    if (view.is_float()) return view.get<double>() != view.get<double>();
    if (view.is_list()) {
        for (const PayloadView item : view) {
            if (has_nan(item)) return true;
        }
    }
    if (view.is_map()) {
        for (const auto& [key, item] : view.entries()) {
            expect(view.contains(key));
            if (has_nan(item)) return true;
        }
    }
    return false;
}

void check(const Payload& payload) {
    const auto plain = payload.cbor();

    const Payload again = Payload::from_cbor(plain);
    expect(std::ranges::equal(again.cbor(), plain));
    const Payload around({{"k", payload}}, {.max_depth = 65});
    const Payload within = around["k"].get<Payload>();
    expect(std::ranges::equal(within.cbor(), plain));
    static_cast<void>(payload.dump());
    expect(payload.dump(50).size() <= 50 + std::string_view("…").size());

    const eventail::json tree = payload.json();
    const auto* const bytes = reinterpret_cast<const std::uint8_t*>(plain.data());
    if (has_nan(payload)) return;
    expect(tree == nlohmann::json::from_cbor(bytes, bytes + plain.size()));
    expect(Payload(tree).json() == tree);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto body = std::as_bytes(std::span(data, size));

    const auto decoded = eventail::payload::decode("application/cbor", body, {});

    if (const auto* const payload = std::get_if<Payload>(&decoded)) {
        check(*payload);
    } else {
        expect(std::get<eventail::payload::DecodeError>(decoded).offset <= size);
    }
    return 0;
}
