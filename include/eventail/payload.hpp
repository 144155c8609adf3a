// Payload: the immutable, encoded content of a message. A received one keeps its original bytes,
// checked once; a written one is CBOR. protocol.md, "Payload", lists the possible content.
#pragma once

#include <eventail/error.hpp>
#include <eventail/payload_view.hpp>
#include <eventail/value.hpp>

namespace eventail {

namespace detail {
struct PayloadBlock;
struct PayloadAccess;
}  // namespace detail

/// The largest accepted and written payload. Python peers and RabbitMQ accept more.
struct PayloadLimits {
    /// Nesting of lists and maps: 64 nested lists pass, 65 do not. At most 1024 has effect.
    std::size_t max_depth = 64;
    /// Of the encoded form. JSON text must keep to it both as text and as CBOR.
    std::size_t max_bytes = std::size_t{16} * 1024 * 1024;
};

/// What content is written as. Readers take both.
enum class Encoding : std::uint8_t { cbor, json };

/// Message content: immutable, cheap to copy (copies share their bytes), safe to hand to other
/// threads. Read it like a const nlohmann::json; see PayloadView for each call. Calls that return
/// views (PayloadView, std::string_view, std::span) do not compile on a temporary: the view would
/// dangle.
class Payload {
public:
    /// The empty map, as `{}` is everywhere in this library.
    Payload() noexcept;
    /// A map: `Payload{{"a", 1}, {"b", {{"c", 2}}}}`. Throws as the next one does.
    Payload(std::initializer_list<Field> map) : Payload(Value(map)) {}
    /// Encodes the content. Throws Error: invalid_payload, too_deep, payload_too_large.
    Payload(Value content, const PayloadLimits& limits = {});
    template <detail::coded T>
    Payload(const T& content, const PayloadLimits& limits = {}) : Payload(Value(content), limits) {}

    Payload(const Payload& other) noexcept;
    Payload(Payload&& other) noexcept;
    Payload& operator=(const Payload& other) noexcept;
    Payload& operator=(Payload&& other) noexcept;
    ~Payload();

    /// Copies and checks encoded content; an empty span is null. Throws Error (invalid_payload,
    /// too_deep, payload_too_large) that names offset and reason.
    [[nodiscard]] static Payload from_cbor(std::span<const std::byte> bytes,
                                           const PayloadLimits& limits = {});
    [[nodiscard]] static Payload from_json(std::string_view text, const PayloadLimits& limits = {});

    /// The bytes as received or encoded, and their type: application/cbor or /json.
    [[nodiscard]] std::span<const std::byte> bytes() const& noexcept;
    [[nodiscard]] std::string_view content_type() const noexcept;
    /// The content as plain CBOR: without tags, indefinite lengths and duplicate keys.
    [[nodiscard]] std::span<const std::byte> cbor() const& noexcept { return plain_; }

    [[nodiscard]] PayloadView view() const& noexcept { return PayloadView(plain_.data()); }
    operator PayloadView() const& noexcept { return view(); }

    [[nodiscard]] bool is_null() const noexcept { return view().is_null(); }
    [[nodiscard]] bool is_boolean() const noexcept { return view().is_boolean(); }
    [[nodiscard]] bool is_number() const noexcept { return view().is_number(); }
    [[nodiscard]] bool is_integer() const noexcept { return view().is_integer(); }
    [[nodiscard]] bool is_unsigned_integer() const noexcept { return view().is_unsigned_integer(); }
    [[nodiscard]] bool is_float() const noexcept { return view().is_float(); }
    [[nodiscard]] bool is_text() const noexcept { return view().is_text(); }
    [[nodiscard]] bool is_binary() const noexcept { return view().is_binary(); }
    [[nodiscard]] bool is_list() const noexcept { return view().is_list(); }
    [[nodiscard]] bool is_map() const noexcept { return view().is_map(); }

    template <class T>
    [[nodiscard]] T get() const& {
        return view().get<T>();
    }
    template <class T>
    requires(!detail::borrowed<T>()) [[nodiscard]] T get() const&& { return view().get<T>(); }

    [[nodiscard]] PayloadView at(std::string_view key) const& { return view().at(key); }
    [[nodiscard]] PayloadView at(std::size_t index) const& { return view().at(index); }
    [[nodiscard]] PayloadView operator[](std::string_view key) const& { return view().at(key); }
    [[nodiscard]] PayloadView operator[](std::size_t index) const& { return view().at(index); }
    [[nodiscard]] std::optional<PayloadView> find(std::string_view key) const& {
        return view().find(key);
    }
    [[nodiscard]] bool contains(std::string_view key) const noexcept {
        return view().contains(key);
    }
    template <class T>
    [[nodiscard]] T value(std::string_view key, const T& fallback) const& {
        return view().value(key, fallback);
    }
    template <class T>
    requires(!detail::borrowed<T>()) [[nodiscard]] T
        value(std::string_view key, const T& fallback) const&& {
        return view().value(key, fallback);
    }
    [[nodiscard]] std::string value(std::string_view key, const char* fallback) const {
        return view().value(key, fallback);
    }

    [[nodiscard]] std::size_t size() const noexcept { return view().size(); }
    [[nodiscard]] bool empty() const noexcept { return view().empty(); }
    [[nodiscard]] PayloadView::Iterator begin() const& { return view().begin(); }
    [[nodiscard]] PayloadView::Iterator end() const& { return view().end(); }
    [[nodiscard]] PayloadView::Entries entries() const& { return view().entries(); }

    template <int = 0>
    [[nodiscard]] auto json() const;
    [[nodiscard]] std::string dump(std::size_t max_bytes = 4096) const {
        return view().dump(max_bytes);
    }

    std::span<const std::byte> bytes() const&& = delete;
    std::span<const std::byte> cbor() const&& = delete;
    PayloadView view() const&& = delete;
    operator PayloadView() const&& = delete;
    template <class T>
    requires(detail::borrowed<T>()) T get()
    const&& = delete;
    PayloadView at(std::string_view) const&& = delete;
    PayloadView at(std::size_t) const&& = delete;
    PayloadView operator[](std::string_view) const&& = delete;
    PayloadView operator[](std::size_t) const&& = delete;
    std::optional<PayloadView> find(std::string_view) const&& = delete;
    template <class T>
    requires(detail::borrowed<T>()) T value(std::string_view, const T&)
    const&& = delete;
    PayloadView::Iterator begin() const&& = delete;
    PayloadView::Iterator end() const&& = delete;
    PayloadView::Entries entries() const&& = delete;

private:
    friend struct detail::PayloadAccess;

    struct Adopt {};
    Payload(Adopt, detail::PayloadBlock* owned) noexcept;

    detail::PayloadBlock* block_;  // null: a constant that needs no memory of its own
    std::span<const std::byte> plain_;
};

}  // namespace eventail
