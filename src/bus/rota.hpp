// Chooses the next of several brokers, and knows whether all have permanently refused us.
#pragma once

#include "base/assert.hpp"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace eventail::bus {

class Rota {
public:
    explicit Rota(std::size_t urls) : refused_(urls, false) {}

    /// The url for this attempt.
    std::size_t current() const { return current_; }
    void advance() { current_ = (current_ + 1) % refused_.size(); }

    /// This url refused login or virtual host.
    void refused(std::size_t url) {
        EVENTAIL_ASSERT(url < refused_.size(), "only a url of ours can refuse us");
        refused_[url] = true;
    }
    /// An attempt ended otherwise: conditions have changed, and every url deserves another one.
    void forget_refusals() { refused_.assign(refused_.size(), false); }
    bool have_all_refused() const {
        return std::all_of(refused_.begin(), refused_.end(), [](bool each) { return each; });
    }

private:
    std::vector<bool> refused_;
    std::size_t current_ = 0;
};

}  // namespace eventail::bus
