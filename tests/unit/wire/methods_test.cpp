// Every method there and back, packed bits, and malformed arguments.

#include "wire/methods.hpp"

#include "unit/wire/golden.hpp"
#include "wire/table.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <set>
#include <string>

namespace eventail::wire {
namespace {

using namespace std::string_literals;

/// Gives each field of a method a value of its own.
class Filler {
public:
    void operator()(std::string_view, bool& field) { field = (next_++ % 2) == 0; }
    void operator()(std::string_view, std::uint8_t& field) { fill(field, 0xf0); }
    void operator()(std::string_view, std::uint16_t& field) { fill(field, 0xf100); }
    void operator()(std::string_view, std::uint32_t& field) { fill(field, 0xf2000000); }
    void operator()(std::string_view, std::uint64_t& field) { fill(field, 0xf300000000000000); }
    void operator()(std::string_view name, std::string_view& field) { field = name; }
    void operator()(std::string_view name, Bytes& field) { field = as_bytes(name); }
    void operator()(std::string_view name, TableView& field) {
        table_.set(name, next_++);
        field = table_;
    }

private:
    template <typename T>
    void fill(T& field, std::uint64_t base) {
        field = static_cast<T>(base + static_cast<std::uint64_t>(next_++));
    }

    int next_ = 0;
    Table table_;
};

/// Calls a function once for each method, with every field filled, and once with none.
template <std::size_t index = 0>
void for_each_method(const auto& call) {
    if constexpr (index < std::variant_size_v<Method>) {
        using M = std::variant_alternative_t<index, Method>;
        SCOPED_TRACE(M::name);
        M filled;
        Filler filler;
        M::fields(filled, filler);
        call(filled);
        call(M{});
        for_each_method<index + 1>(call);
    }
}

template <typename M>
std::string fields_as_text(const M& method) {
    std::string text;
    M::fields(method, [&]<typename T>(std::string_view name, const T& field) {
        text.append(name).append("=");
        if constexpr (std::integral<T>) {
            text += std::to_string(field);
        } else if constexpr (std::same_as<T, TableView>) {
            text += golden::to_hex(field.encoded());
        } else if constexpr (std::same_as<T, Bytes>) {
            text += as_text(field);
        } else {
            text += field;
        }
        text += ' ';
    });
    return text;
}

template <typename M>
std::string payload_of(const M& method) {
    Buffer buffer;
    encode_method(buffer, 1, method);
    const Bytes frame = buffer.view();
    return std::string(as_text(frame.subspan(7, frame.size() - 8)));
}

std::optional<ReplyCode> code_of(std::string_view payload) {
    try {
        decode_method(as_bytes(payload));
    } catch (const ProtocolError& error) {
        return error.code();
    }
    return std::nullopt;
}

TEST(Methods, every_method_comes_back_as_it_went) {
    for_each_method([]<typename M>(const M& method) {
        const std::string payload = payload_of(method);

        const Method decoded = decode_method(as_bytes(payload));

        ASSERT_TRUE(std::holds_alternative<M>(decoded));
        EXPECT_EQ(fields_as_text(std::get<M>(decoded)), fields_as_text(method));
        EXPECT_EQ(fields_as_text(decode_as<M>(as_bytes(payload))), fields_as_text(method));
        EXPECT_EQ(peek_method_id(as_bytes(payload)), M::id);
    });
}

TEST(Methods, the_encoder_returns_the_size_of_the_frame_that_it_appended) {
    Buffer buffer;

    const std::size_t first = encode_method(buffer, 1, BasicAck{.delivery_tag = 1});
    const std::size_t second = encode_method(buffer, 1, Method{BasicQosOk{}});

    EXPECT_EQ(first, 8U + 4 + 8 + 1);
    EXPECT_EQ(second, 8U + 4);
    EXPECT_EQ(buffer.size(), first + second);
}

TEST(Methods, every_method_cut_short_anywhere_is_refused) {
    for_each_method([]<typename M>(const M& method) {
        const std::string payload = payload_of(method);
        for (std::size_t size = 0; size < payload.size(); ++size) {
            const auto code = code_of(payload.substr(0, size));
            EXPECT_EQ(code, size < 4 ? ReplyCode::frame_error : ReplyCode::syntax_error) << size;
        }
    });
}

TEST(Methods, bytes_after_the_last_argument_are_refused) {
    for_each_method([](const auto& method) {
        EXPECT_EQ(code_of(payload_of(method) + "x"), ReplyCode::syntax_error);
    });
}

TEST(Methods, an_error_names_the_method) {
    try {
        decode_method(as_bytes("\x00\x3c\x00\x50\x00"s));
        FAIL() << "accepted";
    } catch (const ProtocolError& error) {
        EXPECT_EQ(error.method(), BasicAck::id);
        EXPECT_EQ(std::string(error.what()).substr(0, 9), "basic.ack");
    }
}

TEST(Methods, no_two_methods_share_an_id_or_a_name) {
    std::set<std::pair<int, int>> ids;
    std::set<std::string_view> names;

    for_each_method([&]<typename M>(const M&) {
        ids.emplace(M::id.class_id, M::id.method_id);
        names.insert(M::name);
    });

    EXPECT_EQ(ids.size(), std::variant_size_v<Method>);
    EXPECT_EQ(names.size(), std::variant_size_v<Method>);
}

TEST(Methods, every_id_that_is_no_method_is_not_implemented) {
    std::set<std::pair<int, int>> ids;
    for_each_method([&]<typename M>(const M&) { ids.emplace(M::id.class_id, M::id.method_id); });

    for (std::uint16_t class_id = 0; class_id < 130; ++class_id) {
        for (std::uint16_t method_id = 0; method_id < 130; ++method_id) {
            if (ids.contains({class_id, method_id})) continue;
            Buffer buffer;
            Writer writer(buffer);
            writer.u16(class_id);
            writer.u16(method_id);
            EXPECT_EQ(code_of(as_text(buffer.view())), ReplyCode::not_implemented);
        }
    }
}

TEST(Methods, only_publish_return_deliver_and_get_ok_carry_content) {
    std::set<std::string_view> names;

    for_each_method([&]<typename M>(const M&) {
        if (M::id.carries_content) names.insert(M::name);
    });

    EXPECT_EQ(names, (std::set<std::string_view>{"basic.publish", "basic.return", "basic.deliver",
                                                 "basic.get-ok"}));
}

TEST(Methods, neighbouring_bits_share_an_octet_from_the_lowest_up) {
    const std::string bits = payload_of(ExchangeDeclare{.durable = true, .nowait = true});
    const std::string nack = payload_of(BasicNack{.multiple = false, .requeue = true});

    EXPECT_EQ(golden::to_hex(as_bytes(bits)),
              "0028000a"
              "0000"
              "00"
              "00"
              "12"
              "00000000");
    EXPECT_EQ(golden::to_hex(as_bytes(nack)),
              "003c0078"
              "0000000000000000"
              "02");
}

TEST(Methods, bits_that_mean_nothing_are_ignored) {
    const Method method = decode_method(as_bytes("\x00\x55\x00\x0a\xfe"s));

    EXPECT_FALSE(std::get<ConfirmSelect>(method).nowait);
}

TEST(Methods, a_field_after_a_bit_starts_on_an_octet_of_its_own) {
    const std::string payload = payload_of(BasicDeliver{
        .consumer_tag = "c", .delivery_tag = 1, .redelivered = true, .routing_key = "k"});

    EXPECT_EQ(golden::to_hex(as_bytes(payload)),
              "003c003c"
              "0163"
              "0000000000000001"
              "01"
              "00"
              "016b");
}

TEST(Methods, a_name_of_more_than_255_bytes_is_refused_and_nothing_is_appended) {
    const std::string name(256, 'n');
    Buffer buffer;
    encode_method(buffer, 1, BasicQosOk{});
    const std::size_t before = buffer.size();

    EXPECT_THROW(encode_method(buffer, 1, QueueDeclare{.queue = name}), std::length_error);

    EXPECT_EQ(buffer.size(), before);
}

TEST(Methods, short_strings_of_255_bytes_and_largest_integers_come_back) {
    const std::string name(255, 'n');
    const std::string payload =
        payload_of(BasicGetOk{.delivery_tag = std::numeric_limits<std::uint64_t>::max(),
                              .routing_key = name,
                              .message_count = std::numeric_limits<std::uint32_t>::max()});

    const auto decoded = decode_as<BasicGetOk>(as_bytes(payload));

    EXPECT_EQ(decoded.delivery_tag, std::numeric_limits<std::uint64_t>::max());
    EXPECT_EQ(decoded.message_count, std::numeric_limits<std::uint32_t>::max());
    EXPECT_EQ(decoded.routing_key, name);
}

TEST(Methods, decoded_texts_are_views_into_the_payload) {
    const std::string payload = payload_of(BasicCancelOk{.consumer_tag = "tag"});

    const auto decoded = decode_as<BasicCancelOk>(as_bytes(payload));

    EXPECT_EQ(decoded.consumer_tag.data(), payload.data() + 5);
}

}  // namespace
}  // namespace eventail::wire
