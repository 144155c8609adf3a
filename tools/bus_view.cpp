#include "tools/bus_view.hpp"

#include "base/printable.hpp"
#include "tools/exit_status.hpp"
#include "tools/interruption.hpp"
#include "tools/json_text.hpp"
#include "tools/output.hpp"
#include "tools/ring.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <memory>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

namespace eventail::tools {

namespace {

using namespace std::chrono_literals;

struct Item {
    BusMessage message;
    Content content;

    std::size_t size_bytes() const {
        const std::size_t content_bytes = content.payload ? content.payload->cbor().size() : 0;
        return message.size_bytes() + content_bytes;
    }
};

/// What the two threads share. The writer may outlive show_bus(), when nobody reads its output.
class Exchange {
public:
    Exchange() : wake_up_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
        if (wake_up_ < 0) {
            throw std::system_error(errno, std::generic_category(), "cannot make an eventfd");
        }
    }

    int wake_up() const { return wake_up_; }
    void wake_reader() const {
        const std::uint64_t one = 1;
        static_cast<void>(::write(wake_up_, &one, sizeof one) == sizeof one);
    }

    void push(Item item) {
        const std::lock_guard lock(mutex_);
        ring_.push(std::move(item));
        changed_.notify_all();
    }

    struct Next {
        std::optional<Item> item = {};  ///< none: no more will come
        std::uint64_t dropped = 0;      ///< before it
    };
    Next next() {
        std::unique_lock lock(mutex_);
        is_writing_ = false;
        changed_.wait(lock, [this] { return ring_.size() > 0 || is_finished_; });
        Next next{.item = ring_.pop(), .dropped = ring_.take_dropped()};
        is_writing_ = next.item.has_value();
        return next;
    }

    void writer_ended(std::exception_ptr failure) {
        const std::lock_guard lock(mutex_);
        failure_ = std::move(failure);
        is_writing_ = false;
        has_writer_ended_ = true;
        changed_.notify_all();
        wake_reader();
    }

    /// No more messages come: waits for the writer to write the rest, a second at most.
    /// @return how many messages it left
    std::uint64_t finish() {
        std::unique_lock lock(mutex_);
        is_finished_ = true;
        changed_.notify_all();
        if (changed_.wait_for(lock, 1s, [this] { return has_writer_ended_; })) return 0;
        return ring_.size() + ring_.dropped() + (is_writing_ ? 1 : 0);
    }
    bool has_writer_ended() {
        const std::lock_guard lock(mutex_);
        return has_writer_ended_;
    }
    std::exception_ptr failure() {
        const std::lock_guard lock(mutex_);
        return failure_;
    }

private:
    static constexpr std::size_t most_messages = 10'000;
    static constexpr std::size_t most_bytes = std::size_t{64} << 20;

    const int wake_up_;
    std::mutex mutex_;
    std::condition_variable changed_;
    Ring<Item> ring_{most_messages, most_bytes};
    bool is_finished_ = false;
    bool is_writing_ = false;
    bool has_writer_ended_ = false;
    std::exception_ptr failure_;
};

std::string messages(std::uint64_t count) {
    return std::to_string(count) + (count == 1 ? " message" : " messages");
}

void say_dropped(std::uint64_t count, bool has_json_output) {
    if (count == 0) return;
    if (has_json_output) return write_line(JsonLine().add("not_shown", count).text());
    write_error_line("eventail: " + messages(count) + " not shown: the output is too slow");
}

void write_messages(Exchange& exchange, const BusView& view) {
    for (std::uint64_t shown = 0;;) {
        const Exchange::Next next = exchange.next();
        say_dropped(next.dropped, view.has_json_output);
        if (!next.item) return;
        write_line(view.line(next.item->message, next.item->content));
        if (++shown == view.count) return;
    }
}

}  // namespace

int show_bus(const BusView& view) {
    const auto exchange = std::make_shared<Exchange>();
    static std::atomic<int> signal = 0;
    on_stop_signal([exchange](int number) {
        signal = number;
        exchange->wake_reader();
    });
    std::thread([exchange, view] {
        std::exception_ptr failure;
        try {
            write_messages(*exchange, view);
        } catch (...) {
            failure = std::current_exception();
        }
        exchange->writer_ended(failure);
    }).detach();

    const auto take = [&](BusMessage message) {
        Content content = content_of(message);
        if (!view.selects(message, content)) return;
        exchange->push({std::move(message), std::move(content)});
    };
    std::exception_ptr failure;
    try {
        watch({.urls = view.urls,
               .connection_name = view.connection_name,
               .bindings = view.bindings,
               .wake_up = exchange->wake_up(),
               .take = take,
               .say = [](std::string_view text) {
                   write_error_line("eventail: " + printable(text));
               }});
    } catch (...) {
        failure = std::current_exception();
    }
    const std::uint64_t left = exchange->finish();
    if (left > 0)
        write_error_line("eventail: " + messages(left) + " not shown: the output is stuck");
    const int status = signal != 0 ? signalled + signal : done;
    // A writer that is stuck cannot be joined.
    if (!exchange->has_writer_ended()) ::_exit(failure ? failed : status);
    if (failure) std::rethrow_exception(failure);
    if (exchange->failure()) std::rethrow_exception(exchange->failure());
    return status;
}

}  // namespace eventail::tools
