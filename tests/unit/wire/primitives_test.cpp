// Buffer, Writer, Reader and the reply codes.

#include "unit/wire/golden.hpp"
#include "wire/protocol_error.hpp"
#include "wire/reader.hpp"
#include "wire/table_view.hpp"
#include "wire/writer.hpp"

#include <gtest/gtest.h>

namespace eventail::wire {
namespace {

using namespace std::string_literals;

TEST(Buffer, keeps_its_memory_when_it_is_cleared) {
    Buffer buffer;
    buffer.append(as_bytes(std::string(1000, 'x')));
    const std::size_t capacity = buffer.capacity();

    buffer.clear();

    EXPECT_TRUE(buffer.empty());
    EXPECT_EQ(buffer.capacity(), capacity);
}

TEST(Buffer, keeps_its_content_while_it_grows) {
    Buffer buffer;
    std::string expected;

    for (int i = 0; i < 10'000; ++i) {
        const std::string piece = std::to_string(i);
        buffer.append(as_bytes(piece));
        expected += piece;
    }

    EXPECT_EQ(as_text(buffer.view()), expected);
}

TEST(Buffer, is_empty_after_it_was_moved_from) {
    Buffer source;
    source.append(as_bytes("content"));

    Buffer target = std::move(source);

    EXPECT_EQ(as_text(target.view()), "content");
    EXPECT_EQ(source.size(), 0U);  // NOLINT(bugprone-use-after-move): promised
    EXPECT_EQ(source.capacity(), 0U);
    source.append(as_bytes("new"));
    EXPECT_EQ(as_text(source.view()), "new");
}

TEST(Buffer, reserves_exactly_what_it_is_asked_for) {
    Buffer buffer;

    buffer.reserve(1000);

    EXPECT_EQ(buffer.capacity(), 1000U);
    EXPECT_EQ(buffer.size(), 0U);
}

TEST(Writer, writes_integers_in_network_byte_order) {
    Buffer buffer;
    Writer writer(buffer);

    writer.u8(0x01);
    writer.u16(0x0203);
    writer.u32(0x04050607);
    writer.u64(0x08090a0b0c0d0e0f);

    EXPECT_EQ(golden::to_hex(buffer.view()), "0102030405060708090a0b0c0d0e0f");
}

TEST(Writer, patches_what_it_wrote_earlier) {
    Buffer buffer;
    Writer writer(buffer);
    writer.u8(0xff);
    const std::size_t position = writer.position();
    writer.u32(0);
    writer.u8(0xff);

    writer.patch_u32(position, 1);

    EXPECT_EQ(golden::to_hex(buffer.view()), "ff00000001ff");
}

TEST(Writer, takes_255_bytes_of_short_string_and_no_more) {
    Buffer buffer;
    Writer writer(buffer);

    writer.short_string(std::string(255, 'x'));

    EXPECT_EQ(buffer.size(), 256U);
    EXPECT_THROW(writer.short_string(std::string(256, 'x')), std::length_error);
    EXPECT_EQ(buffer.size(), 256U);
}

TEST(Reader, reads_what_the_writer_wrote) {
    Buffer buffer;
    Writer writer(buffer);
    writer.u8(1);
    writer.u16(2);
    writer.u32(3);
    writer.u64(4);
    writer.short_string("short");
    writer.long_string("long");
    writer.table({});

    Reader reader(buffer.view());

    EXPECT_EQ(reader.u8(), 1);
    EXPECT_EQ(reader.u16(), 2);
    EXPECT_EQ(reader.u32(), 3U);
    EXPECT_EQ(reader.u64(), 4U);
    EXPECT_EQ(reader.short_string(), "short");
    EXPECT_EQ(as_text(reader.long_string()), "long");
    EXPECT_TRUE(reader.table().empty());
    EXPECT_NO_THROW(reader.finish());
}

TEST(Reader, refuses_to_read_beyond_the_end) {
    EXPECT_THROW(Reader(as_bytes("")).u8(), ProtocolError);
    EXPECT_THROW(Reader(as_bytes("1")).u16(), ProtocolError);
    EXPECT_THROW(Reader(as_bytes("123")).u32(), ProtocolError);
    EXPECT_THROW(Reader(as_bytes("1234567")).u64(), ProtocolError);
    EXPECT_THROW(Reader(as_bytes("\x05"
                                 "four"s))
                     .short_string(),
                 ProtocolError);
    EXPECT_THROW(Reader(as_bytes("\xff\xff\xff\xff four"s)).long_string(), ProtocolError);
}

TEST(Reader, refuses_bytes_that_nobody_asked_for) {
    const Reader reader(as_bytes("rest"));

    EXPECT_EQ(reader.remaining(), 4U);
    EXPECT_THROW(reader.finish(), ProtocolError);
}

TEST(ReplyCode, soft_codes_close_a_channel_and_hard_ones_the_connection) {
    for (const int soft : {311, 312, 313, 403, 404, 405, 406}) {
        EXPECT_FALSE(is_hard(static_cast<ReplyCode>(soft))) << soft;
    }
    for (const int hard : {320, 402, 501, 502, 503, 504, 505, 506, 530, 540, 541}) {
        EXPECT_TRUE(is_hard(static_cast<ReplyCode>(hard))) << hard;
    }
}

TEST(ReplyCode, has_the_name_that_rabbitmq_prints) {
    EXPECT_STREQ(name(ReplyCode::precondition_failed), "PRECONDITION_FAILED");
    EXPECT_STREQ(name(static_cast<ReplyCode>(999)), "UNKNOWN");
}

TEST(ProtocolError, carries_its_code_and_the_method_that_was_read) {
    const ProtocolError error(ReplyCode::syntax_error, "why", MethodId{60, 40});

    EXPECT_EQ(error.code(), ReplyCode::syntax_error);
    EXPECT_STREQ(error.what(), "why");
    EXPECT_EQ(error.method(), (MethodId{60, 40}));
}

}  // namespace
}  // namespace eventail::wire
