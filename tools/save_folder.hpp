// Saves contents of messages in a folder, under names of its own: nothing in a message can lead out
// of the folder, or overwrite a file.
#pragma once

#include "tools/bus/bus_message.hpp"

#include <cstdint>
#include <string>

namespace eventail::tools {

class SaveFolder {
public:
    /// Makes the folder if it is not there (not its parents). @throws Error (invalid_argument)
    explicit SaveFolder(std::string path);
    SaveFolder(const SaveFolder&) = delete;
    SaveFolder& operator=(const SaveFolder&) = delete;
    ~SaveFolder();

    /// The bytes of the content as they came, or as JSON. A file that cannot be written as a whole
    /// is removed. @return its name in the folder @throws Error
    std::string save(const BusMessage& message, const Content& content, bool as_json);

private:
    std::string path_;
    int folder_ = -1;
    std::uint64_t next_ = 1;
};

}  // namespace eventail::tools
