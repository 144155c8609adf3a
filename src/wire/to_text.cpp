#include "wire/to_text.hpp"

#include <charconv>
#include <concepts>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>

namespace eventail::wire {

namespace {

/// Appends to a line. May recurse: the depth of tables is bounded.
class LineWriter {
public:
    explicit LineWriter(std::string_view start) : line_(start) {}

    /// Visits a struct's fields.
    void operator()(std::string_view name, const auto& field) {
        if (is_absent(field) || name.starts_with("reserved_")) return;
        line_ += ' ';
        line_ += name;
        line_ += '=';
        if (name == "response" || name == "new_secret") {
            line_ += "***";
        } else {
            value(field);
        }
    }
    template <typename T>
    void operator()(std::string_view name, const std::optional<T>& field) {
        if (!field) return;
        line_ += ' ';
        line_ += name;
        line_ += '=';
        value(*field);
    }

    void value(bool flag) { line_ += flag ? "true" : "false"; }
    template <typename T>
    requires(std::integral<T> || std::floating_point<T>) void value(T number) {
        char digits[32];
        const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
        line_.append(digits, end);
    }
    void value(std::string_view text);
    void value(Bytes bytes) { value(as_text(bytes)); }
    void value(TableView table);
    void value(ArrayView array);
    void value(FieldView field);

    std::string take() && { return std::move(line_); }

private:
    template <typename T>
    static bool is_absent(const T& field) {
        if constexpr (std::integral<T>) {
            return field == 0;
        } else {
            return field.empty();
        }
    }

    std::string line_;
};

bool is_plain(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view("._-/:*#@+").find(c) != std::string_view::npos;
}

void LineWriter::value(std::string_view text) {
    bool plain = !text.empty();
    for (const char c : text) plain = plain && is_plain(c);
    if (plain) {
        line_ += text;
        return;
    }
    constexpr std::string_view digits = "0123456789abcdef";
    line_ += '"';
    for (const char c : text) {
        const auto octet = static_cast<unsigned char>(c);
        if (octet < 0x20 || octet >= 0x7f) {
            line_ += "\\x";
            line_ += digits[octet >> 4];
            line_ += digits[octet & 0xf];
        } else {
            if (c == '"' || c == '\\') line_ += '\\';
            line_ += c;
        }
    }
    line_ += '"';
}

void LineWriter::value(TableView table) {
    line_ += '{';
    std::string_view separator;
    for (const auto [name, field] : table) {
        line_ += separator;
        value(name);
        line_ += '=';
        value(field);
        separator = ", ";
    }
    line_ += '}';
}

void LineWriter::value(ArrayView array) {
    line_ += '[';
    std::string_view separator;
    for (const FieldView field : array) {
        line_ += separator;
        value(field);
        separator = ", ";
    }
    line_ += ']';
}

void LineWriter::value(FieldView field) {
    if (const auto flag = field.as_bool()) return value(*flag);
    if (const auto number = field.as_int64()) return value(*number);
    if (const auto number = field.as_double()) return value(*number);
    if (const auto seconds = field.as_timestamp()) return value(*seconds);
    if (const auto text = field.as_text()) return value(*text);
    if (const auto table = field.as_table()) return value(*table);
    if (const auto array = field.as_array()) return value(*array);
    if (const auto decimal = field.as_decimal()) {
        value(decimal->value);
        line_ += "e-";
        return value(decimal->scale);
    }
    line_ += "void";
}

}  // namespace

std::string to_text(const Method& method) {
    return std::visit(
        []<typename M>(const M& alternative) {
            LineWriter line(M::name);
            M::fields(alternative, line);
            return std::move(line).take();
        },
        method);
}

std::string to_text(const ContentHeader& header) {
    LineWriter line("content-header");
    line("body_size", header.body_size);
    Properties::fields(header.properties, line);
    return std::move(line).take();
}

std::string to_text(TableView table) {
    LineWriter line("");
    line.value(table);
    return std::move(line).take();
}

}  // namespace eventail::wire
