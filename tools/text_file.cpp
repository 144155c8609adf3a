#include "tools/text_file.hpp"

#include "tools/regular_file.hpp"
#include <eventail/error.hpp>

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <string_view>
#include <system_error>

namespace eventail::tools {

namespace {

[[noreturn]] void fail(const std::string& path, const char* what) {
    const std::error_code error(errno, std::generic_category());
    throw Error(error, path + ": " + what + ": " + error.message());
}

}  // namespace

std::string read_text_file(const std::string& path) {
    return read_regular_file(path, std::size_t{1} << 20, "it has at most 1 MiB");
}

void replace_private_file(const std::string& path, const std::string& content) {
    std::error_code error;
    std::filesystem::create_directories(std::filesystem::path(path).parent_path(), error);
    if (error) throw Error(error, path + ": its folder cannot be created: " + error.message());
    const std::string temporary = path + "." + std::to_string(::getpid()) + ".new";
    const int descriptor =
        ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (descriptor < 0) fail(temporary, "cannot be created");
    std::string_view rest = content;
    bool is_good = true;
    while (is_good && !rest.empty()) {
        const ssize_t count = ::write(descriptor, rest.data(), rest.size());
        is_good = count >= 0 || errno == EINTR;
        if (count > 0) rest.remove_prefix(static_cast<std::size_t>(count));
    }
    is_good = is_good && ::fsync(descriptor) == 0;
    is_good = ::close(descriptor) == 0 && is_good;
    is_good = is_good && ::rename(temporary.c_str(), path.c_str()) == 0;
    if (is_good) return;
    const int why = errno;
    ::unlink(temporary.c_str());
    errno = why;
    fail(path, "cannot be written");
}

}  // namespace eventail::tools
