// Which messages are meant: conditions on fields of their content, such as order.items[0].sku=tea.
#pragma once

#include <eventail/payload_view.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace eventail::tools {

/// FIELD=VALUE, FIELD!=VALUE or FIELD~VALUE.
class Condition {
public:
    /// @throws Error (invalid_argument) that says what is wrong
    explicit Condition(const std::string& text);

    /// `=` compares by the type of the field: 123 is equal to the number and to the text, "123" to
    /// the text alone; numbers are equal by value. `!=` is the opposite of `=`, also without such a
    /// field. `~`: the field, as text, contains the value.
    [[nodiscard]] bool holds(PayloadView content) const;

private:
    enum class Relation : unsigned char { equal, not_equal, contains };
    using Step = std::variant<std::string, std::size_t>;

    [[nodiscard]] std::optional<PayloadView> field_of(PayloadView content) const;
    [[nodiscard]] bool is_equal(PayloadView field) const;
    [[nodiscard]] bool is_contained_in(PayloadView field) const;
    void read_path(std::string_view path, const std::string& text);

    std::vector<Step> path_;
    Relation relation_ = Relation::equal;
    std::string value_;
};

/// All of them hold; without any, every message is meant.
[[nodiscard]] bool all_hold(const std::vector<Condition>& conditions, PayloadView content);

}  // namespace eventail::tools
