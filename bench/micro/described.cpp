// What content costs: a map of nine fields, 256 bytes, written and read as a described struct, from
// an initializer list, field by field, and checked as it is when it arrives.
// Build: g++ -std=c++20 -O2 -Iinclude -Isrc bench/micro/described.cpp -Lbuild/release/src
//     -leventail -lspdlog -lfmt -lboost_url -lssl -lcrypto -lbenchmark -lpthread
#include "bus/cbor_scan.hpp"
#include "bus/payload_codec.hpp"
#include <eventail/described.hpp>

#include <benchmark/benchmark.h>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

namespace {

using eventail::Payload;
using eventail::PayloadView;
using eventail::bus::ByteBuffer;

struct Order {
    std::uint64_t order_id = 1'700'000'000'123;
    double placed_at = 1'700'000'000.25;
    std::string customer = "Ada Lovelace, St James's Square, London";
    std::string sku = "ANALYTICAL-ENGINE-0042-IRON";
    std::uint32_t quantity = 3;
    double unit_price = 19.99;
    bool is_express = true;
    std::vector<std::string> tags = {"brass", "steam"};
    std::string note = "Leave it with the neighbour if nobody is at home, please: number 12.";
};
BOOST_DESCRIBE_STRUCT(Order, (),
                      (order_id, placed_at, customer, sku, quantity, unit_price, is_express, tags,
                       note))

/// The same without a copy: text stays where it is.
struct OrderView {
    std::uint64_t order_id = 0;
    double placed_at = 0;
    std::string_view customer = {};
    std::string_view sku = {};
    std::uint32_t quantity = 0;
    double unit_price = 0;
    bool is_express = false;
    PayloadView tags;
    std::string_view note = {};
};
BOOST_DESCRIBE_STRUCT(OrderView, (),
                      (order_id, placed_at, customer, sku, quantity, unit_price, is_express, tags,
                       note))

const Order order;
const Payload& payload() {
    static const Payload made(order);
    return made;
}

void write_described(benchmark::State& state) {
    ByteBuffer sink(1024);
    for (auto _ : state) {
        sink.clear();
        eventail::bus::encode_cbor(order, sink, {});
        benchmark::DoNotOptimize(sink.data());
        benchmark::ClobberMemory();
    }
    if (sink.size() != 256) std::abort();
}
BENCHMARK(write_described);

void write_list(benchmark::State& state) {
    ByteBuffer sink(1024);
    for (auto _ : state) {
        sink.clear();
        eventail::bus::encode_cbor({{"order_id", order.order_id},
                                    {"placed_at", order.placed_at},
                                    {"customer", order.customer},
                                    {"sku", order.sku},
                                    {"quantity", order.quantity},
                                    {"unit_price", order.unit_price},
                                    {"is_express", order.is_express},
                                    {"tags", order.tags},
                                    {"note", order.note}},
                                   sink, {});
        benchmark::DoNotOptimize(sink.data());
        benchmark::ClobberMemory();
    }
    if (sink.size() != 256) std::abort();
}
BENCHMARK(write_list);

template <class T>
void read_described(benchmark::State& state) {
    const Payload& content = payload();
    for (auto _ : state) {
        const T read = content.get<T>();
        benchmark::DoNotOptimize(read);
    }
}
BENCHMARK_TEMPLATE(read_described, Order);
BENCHMARK_TEMPLATE(read_described, OrderView);

void read_described_backwards(benchmark::State& state) {
    const Payload content{{"note", order.note},
                          {"tags", order.tags},
                          {"is_express", order.is_express},
                          {"unit_price", order.unit_price},
                          {"quantity", order.quantity},
                          {"sku", order.sku},
                          {"customer", order.customer},
                          {"placed_at", order.placed_at},
                          {"order_id", order.order_id}};
    for (auto _ : state) {
        const OrderView read = content.get<OrderView>();
        benchmark::DoNotOptimize(read);
    }
}
BENCHMARK(read_described_backwards);

void read_by_key(benchmark::State& state) {
    const Payload& content = payload();
    for (auto _ : state) {
        const OrderView read{
            content["order_id"].get<std::uint64_t>(),    content["placed_at"].get<double>(),
            content["customer"].get<std::string_view>(), content["sku"].get<std::string_view>(),
            content["quantity"].get<std::uint32_t>(),    content["unit_price"].get<double>(),
            content["is_express"].get<bool>(),           content["tags"],
            content["note"].get<std::string_view>()};
        benchmark::DoNotOptimize(read);
    }
}
BENCHMARK(read_by_key);

void read_three_by_key(benchmark::State& state) {
    const Payload& content = payload();
    for (auto _ : state) {
        benchmark::DoNotOptimize(content["order_id"].get<std::uint64_t>());
        benchmark::DoNotOptimize(content["sku"].get<std::string_view>());
        benchmark::DoNotOptimize(content["quantity"].get<std::uint32_t>());
    }
}
BENCHMARK(read_three_by_key);

void check(benchmark::State& state) {
    const Payload& content = payload();
    for (auto _ : state) {
        benchmark::DoNotOptimize(eventail::bus::cbor::scan(content.cbor(), 64).plain);
    }
}
BENCHMARK(check);

}  // namespace

BENCHMARK_MAIN();
