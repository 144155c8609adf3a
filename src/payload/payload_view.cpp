// PayloadView: reads plain CBOR in place. The bytes are already checked, so it checks nothing.
#include "payload/cbor_head.hpp"
#include "payload/located_error.hpp"
#include "payload/payload_block.hpp"
#include "payload/payload_path.hpp"
#include <eventail/payload.hpp>

#include <exception>
#include <new>

namespace eventail {

namespace cbor = payload::cbor;

PayloadView PayloadView::at(std::string_view key) const {
    if (!is_map()) PayloadReader(*this).refuse("a map");
    if (const auto found = find(key)) return *found;
    detail::refuse_missing(*this, key);
}

std::optional<PayloadView> PayloadView::find(std::string_view key) const {
    if (!is_map()) PayloadReader(*this).refuse("a map");
    const cbor::Head map = cbor::read_head(at_);
    const std::byte* at = map.end;
    for (std::uint64_t left = map.argument; left != 0; --left) {
        const cbor::Head head = cbor::read_head(at);
        const std::byte* const value = head.end + head.argument;
        if (cbor::text_at(head) == key) return PayloadView(value, root_);
        at = cbor::skip(value);
    }
    return std::nullopt;
}

bool PayloadView::contains(std::string_view key) const noexcept {
    return is_map() && find(key).has_value();
}

PayloadView PayloadView::at(std::size_t index) const {
    if (!is_list()) PayloadReader(*this).refuse("a list");
    const cbor::Head list = cbor::read_head(at_);
    if (index >= list.argument) {
        throw payload::LocatedError(Errc::out_of_range, payload::path_of(root_, at_) +
                                                            ": no item " + std::to_string(index) +
                                                            " in this list of " +
                                                            std::to_string(list.argument));
    }
    const std::byte* at = list.end;
    for (; index != 0; --index) at = cbor::skip(at);
    return {at, root_};
}

std::string PayloadView::value(std::string_view key, const char* fallback) const {
    const auto found = find(key);
    return found ? found->get<std::string>() : std::string(fallback);
}

std::size_t PayloadView::size() const noexcept {
    if (is_null()) return 0;
    if (!is_list() && !is_map()) return 1;
    return static_cast<std::size_t>(cbor::read_head(at_).argument);
}

PayloadView::Iterator PayloadView::begin() const {
    if (!is_list()) PayloadReader(*this).refuse("a list");
    const cbor::Head list = cbor::read_head(at_);
    return {PayloadView(list.end, root_), static_cast<std::size_t>(list.argument)};
}

PayloadView::Iterator PayloadView::end() const { return {}; }

PayloadView::Entries PayloadView::entries() const {
    if (!is_map()) PayloadReader(*this).refuse("a map");
    const cbor::Head map = cbor::read_head(at_);
    return {PayloadView(map.end, root_), static_cast<std::size_t>(map.argument)};
}

PayloadView::Iterator& PayloadView::Iterator::operator++() noexcept {
    --remaining_;
    at_ = cbor::skip(at_);
    return *this;
}

PayloadView::Iterator PayloadView::Iterator::operator++(int) noexcept {
    const Iterator before = *this;
    ++*this;
    return before;
}

PayloadView::Entries::Entry PayloadView::Entries::Iterator::operator*() const noexcept {
    const cbor::Head key = cbor::read_head(at_);
    return {cbor::text_at(key), PayloadView(key.end + key.argument, root_)};
}

PayloadView::Entries::Iterator& PayloadView::Entries::Iterator::operator++() noexcept {
    --remaining_;
    at_ = cbor::skip(cbor::skip(at_));
    return *this;
}

PayloadView::Entries::Iterator PayloadView::Entries::Iterator::operator++(int) noexcept {
    const Iterator before = *this;
    ++*this;
    return before;
}

void detail::refuse_missing(PayloadView map, std::string_view key) {
    throw payload::LocatedError(
        Errc::missing_key,
        payload::path_of(detail::PlainCbor::root(map), map.data(), key) + ": missing");
}

void detail::refuse_unknown(PayloadView map, std::string_view key) {
    throw payload::LocatedError(
        Errc::unknown_key,
        payload::path_of(detail::PlainCbor::root(map), map.data(), key) + ": unknown");
}

void detail::rethrow_with_path(PayloadView content) {
    const auto located = [content](Errc code, const char* words) {
        return payload::LocatedError(
            code, payload::path_of(PlainCbor::root(content), content.data()) + ": " + words);
    };
    try {
        throw;
    } catch (const payload::LocatedError&) {
        throw;
    } catch (const Error& error) {
        throw payload::LocatedError(error.code(),
                                    located(Errc::type_mismatch, error.what()).what());
    } catch (const std::bad_alloc&) {
        throw;
    } catch (const std::exception& error) {
        throw located(Errc::type_mismatch, error.what());
    }
}

}  // namespace eventail
