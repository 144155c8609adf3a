#include "tools/selection.hpp"

#include "tools/json_text.hpp"
#include <eventail/error.hpp>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <system_error>

namespace eventail::tools {

namespace {

[[noreturn]] void refuse(const std::string& text, const std::string& why) {
    throw Error(Errc::invalid_argument,
                "--where " + text + ": " + why + "; write FIELD=VALUE, such as items[0].sku=tea");
}

template <typename Number>
std::optional<Number> number_in(std::string_view text) {
    Number number{};
    const char* const end = text.data() + text.size();
    const auto result = std::from_chars(text.data(), end, number);
    if (result.ec != std::errc() || result.ptr != end) return std::nullopt;
    return number;
}

bool is_same_number(PayloadView field, const std::string& value) {
    if (field.is_unsigned_integer()) {
        const auto whole = number_in<std::uint64_t>(value);
        if (whole) return field.get<std::uint64_t>() == *whole;
    } else if (field.is_integer()) {
        const auto whole = number_in<std::int64_t>(value);
        if (whole) return field.get<std::int64_t>() == *whole;
    }
    const auto number = number_in<double>(value);
    return number && field.get<double>() == *number;
}

bool is_quoted(const std::string& value) {
    return value.size() >= 2 && value.starts_with('"') && value.ends_with('"');
}

}  // namespace

Condition::Condition(const std::string& text) {
    const std::size_t at = text.find_first_of("=!~");
    if (at == std::string::npos) refuse(text, "no =, != or ~ in it");
    if (text[at] == '!' && text.substr(at, 2) != "!=") refuse(text, "! without =");
    relation_ = text[at] == '='   ? Relation::equal
                : text[at] == '!' ? Relation::not_equal
                                  : Relation::contains;
    value_ = text.substr(at + (relation_ == Relation::not_equal ? 2 : 1));
    if (relation_ == Relation::contains && value_.empty()) refuse(text, "~ needs a value");
    read_path(std::string_view(text).substr(0, at), text);
}

void Condition::read_path(std::string_view path, const std::string& text) {
    if (path.empty()) refuse(text, "no field");
    for (bool is_first = true; !path.empty(); is_first = false) {
        if (path.front() == '[') {
            const std::size_t end = std::min(path.find(']'), path.size());
            const auto index = number_in<std::size_t>(path.substr(1, end - 1));
            if (!index || end == path.size()) refuse(text, "[ without an index and ]");
            path_.emplace_back(*index);
            path.remove_prefix(end + 1);
            continue;
        }
        if (!is_first) {
            if (path.front() != '.') refuse(text, "] without . or [ behind it");
            path.remove_prefix(1);
        }
        const std::size_t end = std::min(path.find_first_of(".["), path.size());
        if (end == 0) refuse(text, "a field without a name");
        path_.emplace_back(std::string(path.substr(0, end)));
        path.remove_prefix(end);
    }
}

bool Condition::holds(PayloadView content) const {
    const std::optional<PayloadView> field = field_of(content);
    switch (relation_) {
        case Relation::equal: return field && is_equal(*field);
        case Relation::not_equal: return !field || !is_equal(*field);
        case Relation::contains: break;
    }
    return field && is_contained_in(*field);
}

std::optional<PayloadView> Condition::field_of(PayloadView content) const {
    for (const Step& step : path_) {
        if (const auto* const key = std::get_if<std::string>(&step)) {
            if (!content.is_map()) return std::nullopt;
            const auto found = content.find(*key);
            if (!found) return std::nullopt;
            content = *found;
        } else {
            const std::size_t index = std::get<std::size_t>(step);
            if (!content.is_list() || index >= content.size()) return std::nullopt;
            content = content.at(index);
        }
    }
    return content;
}

bool Condition::is_equal(PayloadView field) const {
    if (field.is_text()) {
        const auto text = field.get<std::string_view>();
        if (text == value_) return true;
        return is_quoted(value_) && text == std::string_view(value_).substr(1, value_.size() - 2);
    }
    if (field.is_number()) return is_same_number(field, value_);
    if (field.is_boolean()) return value_ == (field.get<bool>() ? "true" : "false");
    return field.is_null() && value_ == "null";
}

bool Condition::is_contained_in(PayloadView field) const {
    const std::string text = field.is_text() ? field.get<std::string>() : json_of(field);
    return text.find(value_) != std::string::npos;
}

bool all_hold(const std::vector<Condition>& conditions, PayloadView content) {
    return std::ranges::all_of(conditions,
                               [&](const Condition& each) { return each.holds(content); });
}

}  // namespace eventail::tools
