// Any bytes, as CBOR and as JSON, read as a described struct with every kind of field: refused with
// a text fit for a log, or read, and then unchanged by writing and reading.
#include "payload/cbor_utf8.hpp"
#include "payload/payload_codec.hpp"
#include <eventail/codecs/chrono.hpp>
#include <eventail/codecs/path.hpp>
#include <eventail/codecs/uuid.hpp>
#include <eventail/described.hpp>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <variant>
#include <vector>

namespace {

using eventail::Payload;
using eventail::PayloadReader;
using eventail::PayloadView;

BOOST_DEFINE_ENUM_CLASS(State, open, closed)

struct Leaf {
    std::int8_t i = 0;
    std::optional<std::string> t = {};
};
BOOST_DESCRIBE_STRUCT(Leaf, (), (i, t))

struct Content {
    std::optional<bool> b = {};
    std::optional<std::uint64_t> u = {};
    std::optional<double> f = {};
    std::optional<std::string_view> s = {};
    std::optional<std::vector<std::byte>> h = {};
    std::optional<std::vector<Leaf>> l = {};
    std::optional<std::set<int>> n = {};
    std::optional<std::map<std::string, Leaf>> m = {};
    std::optional<std::tuple<int, std::string>> p = {};
    std::optional<std::variant<std::monostate, std::int64_t, std::string, Leaf, Payload>> v = {};
    std::optional<State> e = {};
    std::optional<PayloadView> a = {};
    std::optional<std::chrono::sys_time<std::chrono::milliseconds>> t = {};
    std::optional<eventail::UnixTime<>> x = {};
    std::optional<eventail::Uuid> d = {};
    std::optional<std::filesystem::path> w = {};
    std::vector<Content> c = {};
};
BOOST_DESCRIBE_STRUCT(Content, (), (b, u, f, s, h, l, n, m, p, v, e, a, t, x, d, w, c))

void expect(bool condition) {
    if (!condition) std::abort();
}

void expect_fit_for_a_log(const std::string& text) {
    expect(!text.empty() && text.size() < 1000 && eventail::payload::is_utf8(text));
    expect(std::ranges::none_of(text, [](char c) { return c == '\n' || c == '\x1b'; }));
}

/// Takes every item, up to a bound, as the subject of an error.
void refuse_each(PayloadView view, int& budget) {
    if (--budget < 0) return;
    try {
        PayloadReader(view).refuse("something else");
    } catch (const eventail::Error& error) {
        expect_fit_for_a_log(error.what());
    }
    if (view.is_list()) {
        for (const PayloadView item : view) refuse_each(item, budget);
    }
    if (view.is_map()) {
        for (const auto& [key, item] : view.entries()) refuse_each(item, budget);
    }
}

void check(const Payload& payload) {
    int budget = 50;
    refuse_each(payload, budget);
    try {
        const auto content = payload.get<Content>();
        const Payload written(content);
        const Payload again(written.get<Content>());
        expect(std::ranges::equal(again.cbor(), written.cbor()));
    } catch (const eventail::Error& error) {
        expect_fit_for_a_log(error.what());
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    for (const char* const type : {"application/cbor", "application/json"}) {
        const auto decoded =
            eventail::payload::decode(type, std::as_bytes(std::span(data, size)), {});
        if (const auto* const payload = std::get_if<Payload>(&decoded)) check(*payload);
    }
    return 0;
}
