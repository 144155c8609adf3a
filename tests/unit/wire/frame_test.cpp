// Streams cut into frames, however they are split.

#include "wire/frame.hpp"

#include "unit/wire/golden.hpp"
#include "wire/frame_writer.hpp"
#include "wire/properties.hpp"
#include "wire/protocol_error.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <utility>

namespace eventail::wire {
namespace {

using namespace std::string_literals;

/// A frame that owns its bytes.
struct Kept {
    FrameType type;
    std::uint16_t channel;
    std::string payload;

    friend bool operator==(const Kept&, const Kept&) = default;
};

std::vector<Kept> take_all(FrameReader& reader) {
    std::vector<Kept> frames;
    while (const auto frame = reader.next()) {
        frames.push_back({frame->type, frame->channel, std::string(as_text(frame->payload))});
    }
    return frames;
}

std::vector<Kept> read_in_pieces(std::string_view stream, std::size_t piece_bytes) {
    FrameReader reader;
    std::vector<Kept> frames;
    while (!stream.empty()) {
        // A copy that dies at once: the reader must have kept anything that it still needs.
        const std::string piece(stream.substr(0, piece_bytes));
        stream.remove_prefix(piece.size());
        reader.feed(as_bytes(piece));
        for (Kept& frame : take_all(reader)) frames.push_back(std::move(frame));
    }
    return frames;
}

std::string frame_of(FrameType type, std::uint16_t channel, std::string_view payload) {
    Buffer buffer;
    FrameWriter frame(buffer, type, channel);
    frame.payload().raw(as_bytes(payload));
    frame.finish();
    return std::string(as_text(buffer.view()));
}

std::optional<ReplyCode> code_of(FrameReader& reader, std::string_view bytes) {
    try {
        reader.feed(as_bytes(bytes));
        take_all(reader);
    } catch (const ProtocolError& error) {
        return error.code();
    }
    return std::nullopt;
}

std::optional<ReplyCode> code_of(std::string_view bytes) {
    FrameReader reader;
    return code_of(reader, bytes);
}

TEST(FrameReader, one_byte_at_a_time_yields_the_same_frames_as_the_whole_stream) {
    const std::string stream = golden::stream();

    const auto whole = read_in_pieces(stream, stream.size());
    const auto pieces = read_in_pieces(stream, 1);

    EXPECT_EQ(whole.size(), 145U);
    EXPECT_EQ(pieces, whole);
}

TEST(FrameReader, every_size_of_pieces_yields_the_same_frames) {
    const std::string stream = golden::stream();
    const auto whole = read_in_pieces(stream, stream.size());

    for (std::size_t piece_bytes = 2; piece_bytes <= 300; ++piece_bytes) {
        EXPECT_EQ(read_in_pieces(stream, piece_bytes), whole) << piece_bytes;
    }
}

TEST(FrameReader, every_split_position_of_a_few_frames_yields_the_same_frames) {
    const std::string stream = frame_of(FrameType::method, 1, "method") +
                               frame_of(FrameType::heartbeat, 0, "") +
                               frame_of(FrameType::header, 2, "header") +
                               frame_of(FrameType::body, 65535, "a body that is longer");
    const auto whole = read_in_pieces(stream, stream.size());

    for (std::size_t first = 0; first <= stream.size(); ++first) {
        for (std::size_t second = first; second <= stream.size(); ++second) {
            FrameReader reader;
            std::vector<Kept> frames;
            for (const std::string& piece :
                 {stream.substr(0, first), stream.substr(first, second - first),
                  stream.substr(second)}) {
                reader.feed(as_bytes(piece));
                for (Kept& frame : take_all(reader)) frames.push_back(std::move(frame));
            }
            ASSERT_EQ(frames, whole) << first << ' ' << second;
        }
    }
}

TEST(FrameReader, complete_frames_are_views_into_what_was_fed) {
    const std::string bytes = frame_of(FrameType::body, 3, "body");
    FrameReader reader;
    reader.feed(as_bytes(bytes));

    const Frame frame = reader.next().value();

    EXPECT_EQ(as_text(frame.payload).data(), bytes.data() + frame_header_bytes);
}

TEST(FrameReader, a_frame_as_large_as_the_limit_passes_and_one_byte_more_is_refused) {
    const std::string largest = frame_of(FrameType::body, 1, std::string(4096 - 8, 'x'));
    const std::string larger = frame_of(FrameType::body, 1, std::string(4096 - 7, 'x'));

    EXPECT_EQ(code_of(largest), std::nullopt);
    EXPECT_EQ(code_of(larger), ReplyCode::frame_error);
}

TEST(FrameReader, the_limit_can_be_raised_between_frames) {
    const std::string large = frame_of(FrameType::body, 1, std::string(100'000, 'x'));
    FrameReader reader(min_frame_bytes);

    reader.set_max_frame_bytes(default_frame_bytes);

    EXPECT_EQ(code_of(reader, large), std::nullopt);
}

TEST(FrameReader, a_size_above_the_limit_is_refused_before_any_of_the_payload_came) {
    EXPECT_EQ(code_of("\x03\x00\x01\xff\xff\xff\xff"s), ReplyCode::frame_error);
    EXPECT_EQ(code_of("\x03\x00\x01\x7f\xff\xff\xff"s), ReplyCode::frame_error);
}

TEST(FrameReader, a_size_above_the_limit_is_refused_when_its_head_comes_in_pieces) {
    FrameReader reader;

    EXPECT_EQ(code_of(reader, "\x03\x00\x01\xff"s), std::nullopt);
    EXPECT_EQ(code_of(reader, "\xff\xff\xff"s), ReplyCode::frame_error);
}

TEST(FrameReader, a_wrong_end_octet_is_refused) {
    std::string bytes = frame_of(FrameType::method, 1, "payload");
    bytes.back() = '\xCD';

    EXPECT_EQ(code_of(bytes), ReplyCode::frame_error);
}

TEST(FrameReader, a_wrong_end_octet_is_refused_when_it_comes_alone) {
    const std::string bytes = frame_of(FrameType::method, 1, "payload");
    FrameReader reader;

    EXPECT_EQ(code_of(reader, bytes.substr(0, bytes.size() - 1)), std::nullopt);
    EXPECT_EQ(code_of(reader, "x"), ReplyCode::frame_error);
}

/// A reader that hands out large bodies in parts, and the stream put together from them.
struct ReaderInParts {
    FrameReader reader{default_frame_bytes};
    std::vector<Kept> frames = {};
    std::string body = {};  // of the frame under way
    std::size_t parts = 0;

    ReaderInParts() { reader.split_bodies_from(100); }

    void feeds(std::string_view bytes) {
        reader.feed(as_bytes(bytes));
        while (const auto frame = reader.next()) {
            body += as_text(frame->payload);
            ++parts;
            if (!frame->is_complete) continue;
            frames.push_back({frame->type, frame->channel, std::exchange(body, {})});
        }
    }
};

TEST(FrameReader, a_large_body_frame_is_handed_out_in_parts_as_it_comes) {
    ReaderInParts in;
    const std::string large = frame_of(FrameType::body, 3, std::string(1000, 'x'));

    in.feeds(large.substr(0, 207));

    EXPECT_EQ(in.body.size(), 200u);
    EXPECT_EQ(in.reader.missing_bytes(), 800u);
    EXPECT_TRUE(in.frames.empty());
}

TEST(FrameReader, parts_in_any_splits_make_the_same_frames) {
    const std::vector<Kept> expected = {{FrameType::method, 1, "method"},
                                        {FrameType::body, 1, std::string(300, 'x')},
                                        {FrameType::body, 1, std::string(150, 'y')},
                                        {FrameType::body, 1, "small"},
                                        {FrameType::method, 2, "next"}};
    std::string stream;
    for (const Kept& frame : expected) stream += frame_of(frame.type, frame.channel, frame.payload);

    for (std::size_t piece_bytes = 1; piece_bytes <= stream.size(); ++piece_bytes) {
        SCOPED_TRACE(piece_bytes);
        ReaderInParts in;

        for (std::size_t at = 0; at < stream.size(); at += piece_bytes) {
            in.feeds(std::string(stream.substr(at, piece_bytes)));
        }

        EXPECT_EQ(in.frames, expected);
    }
}

TEST(FrameReader, a_body_frame_that_is_all_there_comes_whole) {
    ReaderInParts in;

    in.feeds(frame_of(FrameType::body, 1, std::string(1000, 'x')));

    EXPECT_EQ(in.parts, 1u);
    EXPECT_EQ(in.frames.size(), 1u);
}

TEST(FrameReader, what_of_a_part_was_read_elsewhere_is_skipped) {
    ReaderInParts in;
    const std::string large = frame_of(FrameType::body, 3, std::string(1000, 'x'));
    in.feeds(large.substr(0, 207));

    in.reader.skip(790);
    in.feeds(large.substr(997) + frame_of(FrameType::method, 3, "next"));

    ASSERT_EQ(in.frames.size(), 2u);
    EXPECT_EQ(in.frames[0].payload.size(), 210u);
    EXPECT_EQ(in.frames[1].payload, "next");
}

TEST(FrameReader, parts_without_the_end_octet_are_refused) {
    ReaderInParts in;
    std::string large = frame_of(FrameType::body, 3, std::string(1000, 'x'));
    large.back() = 'x';
    in.feeds(large.substr(0, 1007));

    EXPECT_THROW(in.feeds(large.substr(1007)), ProtocolError);
    EXPECT_TRUE(in.frames.empty());
}

/// A reader of frames up to 4096 bytes and content headers up to 10,000, and its results.
struct ReaderOfLargeHeaders {
    FrameReader reader{min_frame_bytes};
    std::vector<Kept> frames = {};
    std::vector<std::uint32_t> skipped = {};

    ReaderOfLargeHeaders() { reader.set_max_header_bytes(10'000); }

    void feeds(std::string_view bytes) {
        const std::string piece(bytes);
        reader.feed(as_bytes(piece));
        while (const auto frame = reader.next()) {
            frames.push_back({frame->type, frame->channel, std::string(as_text(frame->payload))});
            skipped.push_back(frame->skipped_bytes);
        }
    }
};

TEST(FrameReader, a_content_header_may_be_as_large_as_its_own_limit_however_it_comes) {
    const std::string largest(10'000, 'h');
    const std::string stream =
        frame_of(FrameType::header, 1, largest) + frame_of(FrameType::body, 1, "body");
    for (const std::size_t piece_bytes : {std::size_t{1}, std::size_t{1000}, stream.size()}) {
        SCOPED_TRACE(piece_bytes);
        ReaderOfLargeHeaders in;

        for (std::size_t at = 0; at < stream.size(); at += piece_bytes) {
            in.feeds(std::string_view(stream).substr(at, piece_bytes));
        }

        EXPECT_EQ(in.frames, (std::vector<Kept>{{FrameType::header, 1, largest},
                                                {FrameType::body, 1, "body"}}));
        EXPECT_EQ(in.skipped, (std::vector<std::uint32_t>{0, 0}));
    }
}

TEST(FrameReader, of_a_content_header_beyond_its_limit_the_start_is_kept_however_it_comes) {
    const std::string stream =
        frame_of(FrameType::header, 1, "class,weight" + std::string(9'989, 'h')) +
        frame_of(FrameType::body, 1, "body");
    for (std::size_t piece_bytes = 1; piece_bytes <= stream.size();
         piece_bytes += 1 + piece_bytes / 8) {
        SCOPED_TRACE(piece_bytes);
        ReaderOfLargeHeaders in;

        for (std::size_t at = 0; at < stream.size(); at += piece_bytes) {
            in.feeds(std::string_view(stream).substr(at, piece_bytes));
        }

        EXPECT_EQ(in.frames, (std::vector<Kept>{{FrameType::header, 1, "class,weight"},
                                                {FrameType::body, 1, "body"}}));
        EXPECT_EQ(in.skipped, (std::vector<std::uint32_t>{9'989, 0}));
    }
}

TEST(FrameReader, only_content_headers_have_the_larger_limit) {
    for (const FrameType type : {FrameType::method, FrameType::body}) {
        ReaderOfLargeHeaders in;

        EXPECT_THROW(in.feeds(frame_of(type, 1, std::string(4096 - 7, 'x'))), ProtocolError);
    }
}

TEST(FrameReader, content_headers_are_held_to_the_limit_of_all_frames_unless_it_is_raised) {
    const std::string larger = frame_of(FrameType::header, 1, std::string(4096 - 7, 'x'));

    EXPECT_EQ(code_of(larger), ReplyCode::frame_error);
}

TEST(FrameReader, a_limit_of_headers_below_that_of_all_frames_changes_nothing) {
    ReaderOfLargeHeaders in;
    in.reader.set_max_header_bytes(100);
    const std::string payload(4096 - 8, 'h');

    in.feeds(frame_of(FrameType::header, 1, payload));

    EXPECT_EQ(in.frames, (std::vector<Kept>{{FrameType::header, 1, payload}}));
}

TEST(FrameReader, a_header_that_is_skipped_still_needs_its_end_octet) {
    std::string stream = frame_of(FrameType::header, 1, std::string(20'000, 'h'));
    stream.back() = 'x';
    ReaderOfLargeHeaders in;
    in.feeds(stream.substr(0, stream.size() - 1));

    EXPECT_THROW(in.feeds("x"), ProtocolError);
    EXPECT_TRUE(in.frames.empty());
}

TEST(FrameReader, unknown_frame_types_are_refused) {
    for (int type = 0; type < 256; ++type) {
        if (type == 1 || type == 2 || type == 3 || type == 8 || type == 'A') continue;
        const std::string bytes = frame_of(static_cast<FrameType>(type), 0, "");

        EXPECT_EQ(code_of(bytes), ReplyCode::frame_error) << type;
    }
}

TEST(FrameReader, a_heartbeat_is_a_frame_on_channel_0_without_a_payload) {
    EXPECT_EQ(code_of(frame_of(FrameType::heartbeat, 0, "")), std::nullopt);
    EXPECT_EQ(code_of(frame_of(FrameType::heartbeat, 0, "x")), ReplyCode::frame_error);
    EXPECT_EQ(code_of(frame_of(FrameType::heartbeat, 7, "")), ReplyCode::unexpected_frame);
}

TEST(FrameReader, a_broker_that_answers_with_a_protocol_header_refuses_our_version) {
    FrameReader reader;

    reader.feed(as_bytes("AMQP\x00\x00\x09\x01 and then anything"s));

    EXPECT_EQ(reader.peer_header(), protocol_header());
    EXPECT_FALSE(reader.next());
}

TEST(FrameReader, what_follows_a_refused_version_is_ignored) {
    FrameReader reader;
    reader.feed(as_bytes("AMQP\x03\x01\x00\x00"s));

    EXPECT_EQ(code_of(reader, "rubbish that is no frame"), std::nullopt);
}

TEST(FrameReader, a_refused_version_may_come_one_byte_at_a_time) {
    FrameReader reader;

    for (const char& octet : "AMQP\x00\x00\x09"s) {
        const std::string piece(1, octet);
        reader.feed(as_bytes(piece));
        EXPECT_FALSE(reader.next());
        EXPECT_FALSE(reader.peer_header());
    }
    reader.feed(as_bytes("\x01"));

    EXPECT_EQ(reader.peer_header(), protocol_header());
}

TEST(FrameReader, a_protocol_header_after_the_first_frame_is_an_unknown_frame) {
    const std::string bytes = frame_of(FrameType::heartbeat, 0, "") + "AMQP\x00\x00\x09\x01"s;

    EXPECT_EQ(code_of(bytes), ReplyCode::frame_error);
}

TEST(FrameReader, a_peer_that_speaks_something_else_is_refused) {
    EXPECT_EQ(code_of("HTTP/1.1 400 Bad Request"), ReplyCode::frame_error);
    EXPECT_EQ(code_of("AMEN"), ReplyCode::frame_error);
}

TEST(FrameReader, a_client_begins_with_a_protocol_header_and_goes_on_with_frames) {
    const std::string bytes = "AMQP\x00\x00\x09\x01"s + frame_of(FrameType::method, 0, "start-ok");
    FrameReader reader(min_frame_bytes, StreamStart::protocol_header);

    reader.feed(as_bytes(bytes));
    const auto frames = take_all(reader);

    EXPECT_EQ(reader.peer_header(), protocol_header());
    EXPECT_EQ(frames, (std::vector<Kept>{{FrameType::method, 0, "start-ok"}}));
}

TEST(FrameReader, a_client_that_begins_with_something_else_is_refused) {
    FrameReader reader(min_frame_bytes, StreamStart::protocol_header);

    EXPECT_EQ(code_of(reader, "\x08\x00\x00\x00\x00\x00\x00\xCE"s), ReplyCode::frame_error);
}

TEST(FrameReader, nothing_is_fed_before_the_last_bytes_are_used_up) {
    const std::string bytes = frame_of(FrameType::body, 1, "body");
    FrameReader reader;
    reader.feed(as_bytes(bytes));

    EXPECT_THROW(reader.feed(as_bytes(bytes)), std::logic_error);
}

TEST(FrameWriter, an_unfinished_frame_leaves_no_trace) {
    Buffer buffer;
    encode_heartbeat(buffer);

    { FrameWriter frame(buffer, FrameType::method, 1); }

    EXPECT_EQ(golden::to_hex(buffer.view()), "08000000000000ce");
}

}  // namespace
}  // namespace eventail::wire
