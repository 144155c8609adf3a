// A content header from a peer: refused with a ProtocolError, or encoded again to the same bytes.

#include "wire/properties.hpp"

#include "wire/frame.hpp"
#include "wire/protocol_error.hpp"
#include "wire/to_text.hpp"

#include <cstdint>
#include <cstdlib>

namespace {

using namespace eventail::wire;

void require(bool condition) {
    if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const Bytes payload = std::as_bytes(std::span(data, size));
    try {
        const ContentHeader header = decode_content_header(payload);
        Buffer frame;
        require(encode_content_header(frame, 1, header) == size + frame_overhead_bytes);
        require(as_text(frame.view().subspan(frame_header_bytes, size)) == as_text(payload));
        require(!to_text(header).empty());
    } catch (const ProtocolError& error) {
        require(error.code() == ReplyCode::syntax_error);
    }
    return 0;
}
