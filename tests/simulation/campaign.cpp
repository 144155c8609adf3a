#include "simulation/campaign.hpp"

#include "simulation/simulation.hpp"

#include <array>
#include <atomic>
#include <charconv>
#include <chrono>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <vector>

namespace eventail::simulation {
namespace {

constexpr std::uint64_t seeds_between_replays = 100;

struct Account {
    std::uint64_t schedules = 0;
    std::uint64_t failures = 0;
    std::uint64_t replays = 0;
    std::array<std::uint64_t, kinds> occurred = {};
};

class Campaign {
public:
    Campaign(const Range& range, std::ostream& out)
        : next_(range.first), last_(range.last), out_(out) {}

    void work() {
        Account account;
        for (std::uint64_t seed = next_++; seed <= last_; seed = next_++)
            simulate_one(seed, account);
        const std::lock_guard lock(mutex_);
        total_.schedules += account.schedules;
        total_.failures += account.failures;
        total_.replays += account.replays;
        for (std::size_t i = 0; i < kinds; ++i) total_.occurred[i] += account.occurred[i];
    }
    const Account& total() const { return total_; }

private:
    void simulate_one(std::uint64_t seed, Account& account) {
        const Schedule schedule = schedule_of(seed);
        Verdict verdict = simulate(schedule);
        if (seed % seeds_between_replays == 0 || !verdict.violation.empty()) {
            ++account.replays;
            if (simulate(schedule).hash != verdict.hash) {
                verdict.violation += "; and a replay has another trace";
            }
        }
        ++account.schedules;
        for (std::size_t i = 0; i < kinds; ++i) account.occurred[i] += verdict.occurred[i];
        if (verdict.violation.empty()) return;
        ++account.failures;
        const std::lock_guard lock(mutex_);
        out_ << "seed " << seed << ": " << verdict.violation << std::endl;
    }

    std::atomic<std::uint64_t> next_;
    std::uint64_t last_;
    std::mutex mutex_;
    std::ostream& out_;
    Account total_;
};

}  // namespace

Range parse_range(const std::string& text) {
    Range range;
    const std::size_t dots = text.find("..");
    const char* const end = text.data() + text.size();
    if (dots != std::string::npos) {
        const auto first = std::from_chars(text.data(), text.data() + dots, range.first);
        const auto last = std::from_chars(text.data() + dots + 2, end, range.last);
        const bool is_whole = first.ptr == text.data() + dots && last.ptr == end;
        if (first.ec == std::errc{} && last.ec == std::errc{} && is_whole) return range;
    }
    throw std::invalid_argument("not a range of seeds, like 1..10000: " + text);
}

std::uint64_t campaign(const Range& range, unsigned threads, std::ostream& out) {
    const auto began = std::chrono::steady_clock::now();
    Campaign campaign(range, out);
    std::vector<std::thread> others;
    for (unsigned i = 1; i < threads; ++i) others.emplace_back([&] { campaign.work(); });
    campaign.work();
    for (std::thread& other : others) other.join();

    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    const Account& total = campaign.total();
    const auto schedules = static_cast<double>(total.schedules);
    std::uint64_t faults = 0;
    for (std::size_t i = 1; i < kinds; ++i) faults += total.occurred[i];
    out << total.schedules << " schedules in " << took.count() << " s (" << schedules / took.count()
        << " per second), " << total.replays << " of them twice; " << total.occurred[0]
        << " messages published by the schedules, " << faults << " faults:\n";
    for (std::size_t i = 1; i < kinds; ++i) {
        out << "  " << name_of(static_cast<Kind>(i)) << ' ' << total.occurred[i] << '\n';
    }
    out << total.failures << " violations\n";
    return total.failures;
}

}  // namespace eventail::simulation
