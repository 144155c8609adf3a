// The consumers of a queue and whose turn it is: the highest priority first, within one priority in
// turn, and with a single active consumer only that one.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

namespace eventail::broker {

class Channel;
struct Consumer;

class Consumers {
public:
    explicit Consumers(bool has_single_active) : has_single_active_(has_single_active) {}

    bool empty() const { return all_.empty(); }
    std::size_t size() const { return all_.size(); }
    const std::vector<std::shared_ptr<Consumer>>& all() const { return all_; }

    bool has_exclusive() const;
    /// False for one that waits behind a single active consumer.
    bool is_active(const Consumer& consumer) const;

    void add(std::shared_ptr<Consumer> consumer);
    void remove(const Consumer& consumer);
    std::vector<std::shared_ptr<Consumer>> remove_all();

    /// The one whose turn it is among those that can take a message now; its next turn is after
    /// all others of its priority. Nothing if none can. Those that were found unable to take it
    /// have no turn until resume().
    std::shared_ptr<Consumer> next();
    /// There may be room on the channel again: those of its consumers that were out of turn and can
    /// take a message now line up behind the others of their priority, in the order in which they
    /// were left out.
    void resume(const Channel& channel);

private:
    using Place = std::vector<std::shared_ptr<Consumer>>::iterator;

    void move_behind_its_priority(Place place);
    void choose_active();

    bool has_single_active_;
    /// By priority, within a priority by their next turn; the full ones by when they were left out.
    std::vector<std::shared_ptr<Consumer>> all_;
    std::shared_ptr<Consumer> active_;
};

}  // namespace eventail::broker
