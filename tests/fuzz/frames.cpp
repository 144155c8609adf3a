// A peer's byte stream in arbitrary pieces: refused with a ProtocolError or read, with the same
// result for any other splits. Decoded frames are encoded again and must come out the same.

#include "wire/frame.hpp"
#include "wire/methods.hpp"
#include "wire/properties.hpp"
#include "wire/protocol_error.hpp"
#include "wire/to_text.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

namespace {

using namespace eventail::wire;

void require(bool condition) {
    if (!condition) std::abort();
}

void check_method(const Frame& frame) {
    const Method method = decode_method(frame.payload);
    require(!to_text(method).empty());

    // Meaningless bits are lost on the way, so it compares the second encoding.
    Buffer once;
    encode_method(once, frame.channel, method);
    const Bytes payload =
        once.view().subspan(frame_header_bytes, once.size() - frame_overhead_bytes);
    require(payload.size() == frame.payload.size());
    Buffer twice;
    encode_method(twice, frame.channel, decode_method(payload));
    require(as_text(once.view()) == as_text(twice.view()));
}

/// A stream's content as text: frames, then how it ended.
std::string read(Bytes stream, std::size_t piece_bytes) {
    std::string seen;
    FrameReader reader(min_frame_bytes);
    reader.set_max_header_bytes(5000);
    try {
        while (!stream.empty()) {
            // A copy of exact size lets AddressSanitizer see every read beyond it.
            const Bytes next = stream.first(std::min(piece_bytes, stream.size()));
            const std::vector<std::byte> piece(next.begin(), next.end());
            stream = stream.subspan(piece.size());
            reader.feed(piece);
            while (const auto frame = reader.next()) {
                seen += static_cast<char>(frame->type);
                seen += std::to_string(frame->channel) + ':';
                seen += as_text(frame->payload);
                seen += '+' + std::to_string(frame->skipped_bytes);
                try {
                    if (frame->type == FrameType::method) check_method(*frame);
                    if (frame->type == FrameType::header) decode_content_header(frame->payload);
                } catch (const ProtocolError& error) {
                    seen += error.what();
                }
            }
        }
    } catch (const ProtocolError& error) {
        seen += error.what();
    }
    if (reader.peer_header()) seen += as_text(reader.peer_header()->bytes);
    return seen;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 1) return 0;
    const std::size_t piece_bytes = data[0] + std::size_t{1};
    const Bytes stream = std::as_bytes(std::span(data + 1, size - 1));

    require(read(stream, piece_bytes) == read(stream, size));
    return 0;
}
