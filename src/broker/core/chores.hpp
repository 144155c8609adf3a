// Work that a deletion leaves behind: bindings, consumers and messages in any number. It is done in
// small steps, between which others are served.
#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <utility>

namespace eventail::broker {

class Chore {
public:
    Chore() = default;
    Chore(const Chore&) = delete;
    Chore& operator=(const Chore&) = delete;
    virtual ~Chore() = default;

    /// Does about as much as one message costs. False if nothing was left to do.
    virtual bool step() = 0;
};

class Chores {
public:
    bool empty() const { return chores_.empty(); }

    /// Does a first part of it at once, so that what is small is done when this returns.
    void add(std::unique_ptr<Chore> chore);
    /// Returns how many steps it did, at most `max_steps`.
    std::size_t work(std::size_t max_steps);

private:
    bool is_working_ = false;
    /// The newest first: what is small need not wait for what is large.
    std::list<std::unique_ptr<Chore>> chores_;
};

/// Destroys what is in a container.
template <typename Items>
class Discarding final : public Chore {
public:
    explicit Discarding(Items items) : items_(std::move(items)) {}

    bool step() override {
        if (items_.empty()) return false;
        items_.pop_back();
        return true;
    }

private:
    Items items_;
};

template <typename Items>
void discard(Chores& chores, Items items) {
    if (!items.empty()) chores.add(std::make_unique<Discarding<Items>>(std::move(items)));
}

}  // namespace eventail::broker
