// The public face without memory: the nth allocation fails, for one n after the other. Each call
// then throws std::bad_alloc or Error, and works the next time; nothing crashes, hangs or leaks.
//   out_of_memory URL NAME SCENARIO
// Ends with 0 and says how many allocations it failed.
#include <eventail/described.hpp>
#include <eventail/endpoint.hpp>
#include <eventail/service.hpp>
#include <eventail/supervisor.hpp>

#include <boost/describe.hpp>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <new>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

namespace {

/// Which allocation fails: of one thread, or of all.
class Failing {
public:
    static void arm_this_thread(long nth) {
        left_here = nth;
        is_armed_here = true;
        has_failed = false;
    }
    static void arm_all(long nth) {
        left = nth;
        has_failed = false;
        is_armed = true;
    }
    static void disarm() {
        is_armed_here = false;
        is_armed = false;
    }
    /// Whether the one that was meant has failed since.
    static bool happened() { return has_failed; }
    static bool is_due() {
        const bool is_due_here = is_armed_here && left_here-- == 0;
        const bool is_due_anywhere = is_armed && left-- == 0;
        if (!is_due_here && !is_due_anywhere) return false;
        has_failed = true;
        return true;
    }

private:
    static thread_local bool is_armed_here;
    static thread_local long left_here;
    static std::atomic<bool> is_armed;
    static std::atomic<long> left;
    static std::atomic<bool> has_failed;
};

thread_local bool Failing::is_armed_here = false;
thread_local long Failing::left_here = 0;
constinit std::atomic<bool> Failing::is_armed = false;
constinit std::atomic<long> Failing::left = 0;
constinit std::atomic<bool> Failing::has_failed = false;

void* allocate(std::size_t size, std::size_t alignment = alignof(std::max_align_t)) {
    if (Failing::is_due()) return nullptr;
    const std::size_t whole = (size + alignment - 1) / alignment * alignment;
    return std::aligned_alloc(alignment, whole == 0 ? alignment : whole);
}

void* allocate_or_throw(std::size_t size, std::size_t alignment = alignof(std::max_align_t)) {
    if (void* memory = allocate(size, alignment)) return memory;
    throw std::bad_alloc();
}

}  // namespace

void* operator new(std::size_t size) { return allocate_or_throw(size); }
void* operator new[](std::size_t size) { return allocate_or_throw(size); }
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return allocate(size); }
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept { return allocate(size); }
void* operator new(std::size_t size, std::align_val_t alignment) {
    return allocate_or_throw(size, static_cast<std::size_t>(alignment));
}
void* operator new[](std::size_t size, std::align_val_t alignment) {
    return allocate_or_throw(size, static_cast<std::size_t>(alignment));
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }

namespace {

using namespace std::chrono_literals;

std::string url;
std::string name;

struct Line {
    std::string sku;
    int count = 0;
    std::vector<std::string> tags;
};
BOOST_DESCRIBE_STRUCT(Line, (), (sku, count, tags))

[[noreturn]] void fail(const std::string& why) {
    Failing::disarm();
    std::fprintf(stderr, "out_of_memory: %s\n", why.c_str());
    std::fflush(stderr);
    std::_Exit(1);
}

/// @return whether it threw what it may throw
bool throws_well(const std::function<void()>& action) {
    try {
        action();
        return false;
    } catch (const std::bad_alloc&) {
        return true;
    } catch (const eventail::Error&) {
        return true;
    } catch (const std::exception& error) {
        Failing::disarm();
        fail(std::string("threw neither std::bad_alloc nor Error: ") + error.what());
    } catch (...) {
        fail("threw something unheard of");
    }
}

/// Does it with each of its allocations failing, then once more with memory. @return how many
long fail_each(const std::function<void()>& action) {
    action();  // what is made once and kept is there
    for (long nth = 0;; ++nth) {
        if (nth > 100'000) fail("there is no end to its allocations");
        Failing::arm_this_thread(nth);
        throws_well(action);
        Failing::disarm();
        if (!Failing::happened()) return nth;
        action();
    }
}

eventail::ServiceOptions options() {
    eventail::ServiceOptions made;
    made.amqp_urls = {url};
    made.logical_service = name;
    made.drain_timeout = 5s;
    made.handle_signals = false;
    return made;
}

eventail::Payload content() {
    return eventail::Payload(
        {{"order", 17},
         {"note", "a text that is longer than any string keeps by itself"},
         {"lines", eventail::Payload(Line{"sku", 2, {"a tag that is rather long", "b"}})}});
}

void wait_until(const std::function<bool()>& condition, const char* what) {
    const auto deadline = std::chrono::steady_clock::now() + 30s;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > deadline) fail(std::string("in vain: ") + what);
        std::this_thread::sleep_for(1ms);
    }
}

/// Says when its queues are bound: an event that is published before may be routed nowhere.
class Ready : public eventail::Service {
public:
    using Service::Service;
    bool is_ready() const { return is_ready_; }

private:
    void on_ready() override { is_ready_ = true; }

    std::atomic<bool> is_ready_ = false;
};

/// A service that counts what it gets, and runs in a thread of its own.
class Counting {
public:
    explicit Counting(unsigned threads) : service_(with(threads)) {
        service_.on_event(name + ".In", [this](const eventail::Event&) { ++received_; });
        runner_ = std::thread([this] { status_ = eventail::supervise(service_); });
        wait_until([this] { return service_.is_ready(); }, "being ready");
        publish();
        wait_until([this] { return received_ > 0; }, "the first event");
    }
    ~Counting() {
        service_.stop();
        runner_.join();
        if (status_ != 0) fail("the service ended with an error");
    }
    Counting(const Counting&) = delete;
    Counting& operator=(const Counting&) = delete;

    eventail::Service& service() { return service_; }
    void publish() {
        service_.publish_event(name + ".In", content());
        ++published_;
    }
    /// Everything that was accepted has come, and nothing else.
    void settle() {
        wait_until([this] { return received_ >= published_; }, "all events");
        if (received_ != published_) fail("an event came whose publish_event() threw");
    }
    /// Calls it where handlers run.
    void in_user_code(std::function<void()> function) {
        std::atomic<bool> is_done = false;
        service_.post([function = std::move(function), &is_done] {
            function();
            is_done = true;
        });
        wait_until([&] { return is_done.load(); }, "a posted function");
    }

private:
    static eventail::ServiceOptions with(unsigned threads) {
        eventail::ServiceOptions made = options();
        made.handler_threads = threads;
        return made;
    }

    std::atomic<int> received_ = 0;
    std::atomic<int> published_ = 0;
    Ready service_;
    int status_ = -1;
    std::thread runner_;
};

long verbs_of_another_thread(unsigned threads) {
    Counting counting(threads);
    eventail::Service& service = counting.service();
    long failed = fail_each([&] { counting.publish(); });
    failed += fail_each([&] {
        service.log(eventail::Severity::info, "a line that is rather long",
                    {.fields = {{"order", "with a rather long number"}}});
    });
    failed += fail_each([&] {
        service.call_later(1h, [text = std::string(100, 'x')] { static_cast<void>(text); })
            .cancel();
    });
    failed += fail_each([&] { service.manual_ack(1'000'000); });
    counting.settle();
    return failed;
}

long verbs_of_a_handler(unsigned threads) {
    Counting counting(threads);
    long failed = 0;
    counting.in_user_code([&] {
        failed += fail_each([&] { counting.publish(); });
        failed += fail_each([&] {
            static_cast<void>(
                counting.service().send_command(name + ".Nobody", {}, name + ".Reply"));
        });
    });
    counting.settle();
    return failed;
}

/// A service from its construction to its end, in which any thread may be the one without memory.
long whole_life(unsigned threads) {
    const auto live = [threads](long nth) {
        std::optional<eventail::Service> service;
        std::atomic<int> handled = 0;
        int status = -1;
        const bool has_thrown = throws_well([&] {
            if (nth >= 0) Failing::arm_all(nth);
            eventail::ServiceOptions made = options();
            made.handler_threads = threads;
            service.emplace(std::move(made));
            service->on_event(name + ".In", [&](const eventail::Event&) {
                if (++handled == 3) service->stop();
            });
            service->call_later(0s, [&] {
                for (int i = 0; i < 3; ++i) service->publish_event(name + ".In", content());
            });
            // An event whose publisher or handler had no memory may never come, or come again.
            service->call_later(1s, [&] { service->stop(); });
            status = eventail::supervise(*service);
        });
        service.reset();
        Failing::disarm();
        if (nth < 0 && (has_thrown || status != 0)) fail("with all memory it failed");
        return Failing::happened();
    };
    live(-1);
    // Threads do not take turns in the same way twice.
    long failed = 0;
    for (int round = 0; round < 5; ++round) {
        for (long nth = 0; live(nth); ++nth) ++failed;
    }
    return failed;
}

const std::map<std::string, std::function<long()>> scenarios = {
    {"content",
     [] {
         return fail_each([] {
             const eventail::Payload payload = content();
             static_cast<void>(payload["lines"].get<Line>());
             static_cast<void>(payload.view().dump());
             static_cast<void>(eventail::Payload::from_json(R"({"a": ["a text, long", 1.5]})"));
             static_cast<void>(eventail::Payload::from_cbor(payload.bytes()));
         });
     }},
    {"construction",
     [] {
         return fail_each([] {
             eventail::Service service(options());
             service.on_event("A", [](const eventail::Event&) {});
             service.on_event("a.*.c", [](Line) {});
             service.on_command("B", [](const eventail::Command&) {});
             service.on_config("C", [](const eventail::Configuration&) { return true; });
             service.call_later(1s, [text = std::string(100, 'x')] { static_cast<void>(text); });
         });
     }},
    {"endpoint_construction",
     [] { return fail_each([] { const eventail::Endpoint endpoint({url}, name); }); }},
    {"endpoint",
     [] {
         eventail::Endpoint endpoint({url}, name);
         long failed = fail_each([&] { endpoint.publish_event(name + ".Out", content()); });
         failed += fail_each([&] {
             endpoint.log(eventail::Severity::info, "a line that is rather long",
                          {.fields = {{"order", "with a rather long number"}}});
         });
         return failed;
     }},
    {"verbs", [] { return verbs_of_another_thread(1); }},
    {"verbs_with_threads", [] { return verbs_of_another_thread(3); }},
    {"handler", [] { return verbs_of_a_handler(1); }},
    {"handler_with_threads", [] { return verbs_of_a_handler(3); }},
    {"whole_life", [] { return whole_life(1); }},
    {"whole_life_with_threads", [] { return whole_life(3); }},
};

}  // namespace

int main(int argc, char** argv) {
    if (argc < 4) return 2;
    url = argv[1];
    name = argv[2];
    const auto scenario = scenarios.find(argv[3]);
    if (scenario == scenarios.end()) return 2;
    const long failed = scenario->second();
    if (failed == 0) fail("nothing has failed");
    std::printf("failed %ld allocations\n", failed);
    return 0;
}
