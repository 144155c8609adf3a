// Which of several brokers is tried next, and whether all of them have refused us for good.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

namespace eventail::bus {

class Rota {
public:
    explicit Rota(std::size_t urls) : refused_(urls, false) {}

    /// The url of this attempt.
    std::size_t current() const { return current_; }
    void advance() { current_ = (current_ + 1) % refused_.size(); }

    /// Login or virtual host refused there.
    void refused(std::size_t url) { refused_[url] = true; }
    /// An attempt ended otherwise: things have changed since, and every url deserves another one.
    void forget_refusals() { refused_.assign(refused_.size(), false); }
    bool have_all_refused() const {
        return std::all_of(refused_.begin(), refused_.end(), [](bool each) { return each; });
    }

private:
    std::vector<bool> refused_;
    std::size_t current_ = 0;
};

}  // namespace eventail::bus
