// Host names whose look-up takes as long as the test wants.
#pragma once

#include "net/lookups.hpp"

#include <cstdint>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace eventail::test {

/// A name server that answers on the test's command.
class SlowNames {
public:
    ~SlowNames() { answer("the end of the test"); }

    net::Lookups& lookups() { return lookups_; }

    void answer(const std::string& failure) {
        if (std::exchange(has_answered_, true)) return;
        state_->answer.set_value({.failure = failure});
    }
    std::vector<std::string> asked_for() {
        const std::lock_guard lock(state_->mutex);
        return state_->asked_for;
    }

private:
    struct State {
        std::promise<net::Resolution> answer;
        std::shared_future<net::Resolution> future = answer.get_future().share();
        std::mutex mutex;
        std::vector<std::string> asked_for;
    };

    std::shared_ptr<State> state_ = std::make_shared<State>();
    bool has_answered_ = false;
    net::Lookups lookups_{[state = state_](const std::string& host, std::uint16_t) {
        {
            const std::lock_guard lock(state->mutex);
            state->asked_for.push_back(host);
        }
        return state->future.get();
    }};
};

}  // namespace eventail::test
