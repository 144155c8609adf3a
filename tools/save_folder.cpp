#include "tools/save_folder.hpp"

#include "tools/json_text.hpp"
#include <eventail/error.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>
#include <system_error>
#include <utility>

namespace eventail::tools {

namespace {

[[noreturn]] void fail(const std::string& path, const char* what, int number) {
    const std::error_code error(number, std::generic_category());
    throw Error(error, path + ": " + what + ": " + error.message());
}

/// 000001-event.json
std::string file_name(std::uint64_t number, const BusMessage& message, std::string_view ending) {
    constexpr std::size_t digits = 6;
    const std::string text = std::to_string(number);
    const std::string zeros(text.size() < digits ? digits - text.size() : 0, '0');
    return zeros + text + "-" + std::string(name_of(message.kind())) + "." + std::string(ending);
}

bool write_all(int descriptor, std::string_view text) {
    while (!text.empty()) {
        const ssize_t count = ::write(descriptor, text.data(), text.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return false;
        text.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
}

}  // namespace

SaveFolder::SaveFolder(std::string path) : path_(std::move(path)) {
    if (::mkdir(path_.c_str(), 0777) != 0 && errno != EEXIST) {
        const std::error_code error(errno, std::generic_category());
        throw Error(Errc::invalid_argument, path_ + ": cannot be made: " + error.message());
    }
    folder_ = ::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder_ < 0) {
        const std::error_code error(errno, std::generic_category());
        throw Error(Errc::invalid_argument,
                    path_ + ": not a folder to save in: " + error.message());
    }
}

SaveFolder::~SaveFolder() { ::close(folder_); }

std::string SaveFolder::save(const BusMessage& message, const Content& content, bool as_json) {
    std::string text = message.body;
    std::string_view ending = "bin";
    if (content.payload) {
        if (as_json) text = json_of(content.payload->view()) + "\n";
        const bool is_json = as_json || content.payload->content_type() == "application/json";
        ending = is_json ? "json" : "cbor";
    }
    for (;;) {
        std::string name = file_name(next_++, message, ending);
        const int file = ::openat(folder_, name.c_str(),
                                  O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
        if (file < 0 && errno == EEXIST) continue;  // also a symbolic link, wherever it leads
        if (file < 0) fail(path_ + "/" + name, "cannot be made", errno);
        bool is_good = write_all(file, text);
        int why = errno;
        if (::close(file) != 0 && is_good) {
            is_good = false;
            why = errno;
        }
        if (is_good) return name;
        ::unlinkat(folder_, name.c_str(), 0);
        fail(path_ + "/" + name, "cannot be written", why);
    }
}

}  // namespace eventail::tools
