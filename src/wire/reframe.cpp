#include "wire/reframe.hpp"

#include "wire/frame_writer.hpp"
#include "wire/properties.hpp"

#include <limits>

namespace eventail::wire {

bool reframe(Bytes frames, Buffer& out, std::size_t max_frame_bytes) {
    const std::size_t start = out.size();
    FrameReader reader(std::numeric_limits<std::size_t>::max());
    reader.feed(frames);
    while (const auto frame = reader.next()) {
        if (frame->type == FrameType::body) {
            encode_body(out, frame->channel, frame->payload, max_frame_bytes);
            continue;
        }
        if (frame->payload.size() + frame_overhead_bytes > max_frame_bytes) {
            out.resize(start);
            return false;
        }
        FrameWriter copy(out, frame->type, frame->channel);
        copy.payload().raw(frame->payload);
        copy.finish();
    }
    return true;
}

}  // namespace eventail::wire
