// The consumers of a queue, and whose turn it is: the highest priority first; within one priority,
// in turn; with a single active consumer, only that one. Nothing here searches: a queue may have
// any number of consumers.
#pragma once

#include <cstddef>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <unordered_map>
#include <vector>

namespace eventail::broker {

class Channel;
struct Consumer;

class Consumers {
public:
    explicit Consumers(bool has_single_active) : has_single_active_(has_single_active) {}

    bool empty() const { return size_ == 0; }
    std::size_t size() const { return size_; }
    /// Ordered by priority, then by next turn; the full ones last.
    std::vector<std::shared_ptr<Consumer>> all() const;

    bool has_exclusive() const { return exclusive_count_ != 0; }
    /// False for a consumer that waits behind a single active one.
    bool is_active(const Consumer& consumer) const;

    void add(const std::shared_ptr<Consumer>& consumer);
    void remove(Consumer& consumer);
    std::vector<std::shared_ptr<Consumer>> remove_all();
    /// Nothing if there is none.
    std::shared_ptr<Consumer> remove_any();

    /// The next consumer that can take a message now, or nothing. It moves behind all others of its
    /// priority. Consumers found to be full get no turn until resume().
    std::shared_ptr<Consumer> next();
    /// The channel may have room again. Its full consumers that can take a message now queue up
    /// behind the others of their priority, in the order in which they became full.
    void resume(const Channel& channel);
    /// The same for one consumer.
    void resume(Consumer& consumer);

    /// Whether every consumer is in the one list where it belongs. For assertions.
    bool is_consistent() const;

private:
    using List = std::list<std::shared_ptr<Consumer>>;

    /// The list that holds the consumer.
    List& list_of(const Consumer& consumer);
    void drop_list_if_empty(const Consumer& consumer);
    void line_up(List& full, const std::shared_ptr<Consumer>& consumer);
    void choose_active();

    bool has_single_active_;
    std::size_t size_ = 0;
    std::size_t exclusive_count_ = 0;
    /// By priority; each list by next turn. With a single active consumer, by arrival.
    std::map<int, List, std::greater<>> turns_;
    /// The full consumers of each channel, in the order in which they became full. Empty with a
    /// single active consumer, which keeps its place.
    std::unordered_map<const Channel*, List> full_;
    std::shared_ptr<Consumer> active_;
};

}  // namespace eventail::broker
