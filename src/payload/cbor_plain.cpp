// See the header. It recurses as deeply as the content is nested, which scan() has bounded.
#include "payload/cbor_plain.hpp"

#include "payload/cbor_head.hpp"
#include "payload/cbor_scan.hpp"

#include <string>

namespace eventail::payload::cbor {
namespace {

class Rewriter {
public:
    Rewriter(const std::byte* at, Builder& builder) noexcept : at_(at), builder_(builder) {}

    void value() {
        const Head head = untagged();
        switch (head.major) {
            case list: take_list(head); break;
            case map: take_map(head); break;
            case binary:
            case text: take_string(head); break;
            default: builder_.item({start_, head.end}); at_ = head.end;
        }
    }

private:
    /// The head of the next item after its tags; remembers a bignum's tag.
    Head untagged() {
        bignum_ = false;
        Head head = read_head(at_);
        while (head.major == tag) {
            bignum_ = head.argument == 2 || head.argument == 3;
            negative_ = head.argument == 3;
            at_ = head.end;
            head = read_head(at_);
        }
        start_ = at_;
        return head;
    }

    void take_list(const Head& head) {
        builder_.begin_list();
        at_ = head.end;
        for (std::uint64_t taken = 0; !at_end_of(head, taken); ++taken) value();
        builder_.end();
    }

    void take_map(const Head& head) {
        builder_.begin_map();
        at_ = head.end;
        for (std::uint64_t taken = 0; !at_end_of(head, taken); ++taken) {
            take_key();
            value();
        }
        builder_.end();
    }

    bool at_end_of(const Head& container, std::uint64_t taken) {
        if (container.info != indefinite) return taken == container.argument;
        if (*at_ != break_item) return false;
        ++at_;
        return true;
    }

    void take_key() {
        const Head head = untagged();
        if (head.info != indefinite) {
            builder_.key(text_at(head));
            at_ = head.end + head.argument;
            return;
        }
        std::string joined;
        pieces(head, [&joined](std::span<const std::byte> piece) {
            joined.append(reinterpret_cast<const char*>(piece.data()), piece.size());
        });
        builder_.key(joined);
    }

    void take_string(const Head& head) {
        if (bignum_) {
            std::uint64_t magnitude = 0;
            pieces(head, [&magnitude](std::span<const std::byte> piece) {
                static_cast<void>(bignum_fits(magnitude, false, piece));
            });
            builder_.integer(negative_, magnitude);
            return;
        }
        builder_.begin_string();
        pieces(head, [this](std::span<const std::byte> piece) { builder_.append(piece); });
        builder_.end_string(head.major);
    }

    template <class Take>
    void pieces(const Head& head, Take take) {
        at_ = head.end;
        if (head.info != indefinite) {
            take({at_, static_cast<std::size_t>(head.argument)});
            at_ += head.argument;
            return;
        }
        while (*at_ != break_item) {
            const Head chunk = read_head(at_);
            take({chunk.end, static_cast<std::size_t>(chunk.argument)});
            at_ = chunk.end + chunk.argument;
        }
        ++at_;
    }

    const std::byte* at_;
    const std::byte* start_ = nullptr;  // of the item, after its tags
    bool bignum_ = false;
    bool negative_ = false;
    Builder& builder_;
};

}  // namespace

void make_plain(const std::byte* checked, Builder& builder) { Rewriter(checked, builder).value(); }

}  // namespace eventail::payload::cbor
