#include "wire/writer.hpp"

#include "wire/table_view.hpp"

#include <stdexcept>
#include <string>

namespace eventail::wire {

void Writer::table(TableView table) { long_string(table.encoded()); }

void Writer::refuse_short_string(std::string_view text) {
    throw std::length_error("a short string of AMQP takes at most 255 bytes, this one has " +
                            std::to_string(text.size()) + ": " + std::string(text.substr(0, 40)) +
                            "...");
}

void Writer::refuse_long_string() {
    throw std::length_error("a long string of AMQP takes less than 4 GiB");
}

}  // namespace eventail::wire
