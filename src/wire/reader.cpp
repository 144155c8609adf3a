#include "wire/reader.hpp"

#include "wire/protocol_error.hpp"
#include "wire/table_view.hpp"

#include <string>

namespace eventail::wire {

TableView Reader::table() { return TableView::parse(long_string()); }

void Reader::refuse_truncated() {
    throw ProtocolError(ReplyCode::syntax_error, "the frame ends inside a field");
}

void Reader::refuse_trailing() const {
    throw ProtocolError(ReplyCode::syntax_error,
                        std::to_string(rest_.size()) + " bytes follow the last field");
}

}  // namespace eventail::wire
