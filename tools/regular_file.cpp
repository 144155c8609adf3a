#include "tools/regular_file.hpp"

#include <eventail/error.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

namespace eventail::tools {

namespace {

[[noreturn]] void refuse(const std::string& what, const std::string& why) {
    throw Error(Errc::invalid_argument, what + ": " + why);
}

[[noreturn]] void refuse_for_errno(const std::string& what) {
    refuse(what, "cannot be read: " + std::generic_category().message(errno));
}

class OpenFile {
public:
    explicit OpenFile(int descriptor) : descriptor_(descriptor) {}
    OpenFile(const OpenFile&) = delete;
    OpenFile& operator=(const OpenFile&) = delete;
    ~OpenFile() {
        if (descriptor_ >= 0) ::close(descriptor_);
    }
    int get() const { return descriptor_; }

private:
    int descriptor_;
};

std::string size_text(std::size_t bytes) {
    const std::size_t mebibytes = bytes >> 20;
    return mebibytes == 0 ? std::to_string(bytes) + " bytes" : std::to_string(mebibytes) + " MiB";
}

/// Growing files, and files of unknown size, end at the limit, too.
std::string read_to_end(int descriptor, const std::string& what, std::size_t most_bytes,
                        const std::string& limit) {
    std::string content;
    std::array<char, 65536> part{};
    for (;;) {
        const ssize_t count = ::read(descriptor, part.data(), part.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) refuse_for_errno(what);
        if (count == 0) return content;
        content.append(part.data(), static_cast<std::size_t>(count));
        if (content.size() > most_bytes) refuse(what, "too large: " + limit);
    }
}

}  // namespace

std::string read_regular_file(const std::string& path, std::size_t most_bytes,
                              const std::string& limit) {
    // Opening a FIFO would wait for its writer.
    const OpenFile file(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
    struct stat status = {};
    if (file.get() < 0 || ::fstat(file.get(), &status) != 0) refuse_for_errno(path);
    if (S_ISDIR(status.st_mode)) refuse(path, "a folder, not a file");
    if (S_ISFIFO(status.st_mode)) {
        refuse(path, "a FIFO, not a file; pass - and pipe it into standard input");
    }
    if (!S_ISREG(status.st_mode)) refuse(path, "a device, not a file");
    const auto size_bytes = static_cast<std::size_t>(status.st_size);
    if (size_bytes > most_bytes) refuse(path, size_text(size_bytes) + ", too large: " + limit);
    return read_to_end(file.get(), path, most_bytes, limit);
}

std::string read_standard_input(std::size_t most_bytes, const std::string& limit) {
    return read_to_end(STDIN_FILENO, "standard input", most_bytes, limit);
}

}  // namespace eventail::tools
