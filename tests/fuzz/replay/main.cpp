// Stands in for libFuzzer's main: runs one fuzz target over the files of its corpus, so that every
// compiler keeps checking earlier finds. An empty corpus is a failure.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

std::vector<std::filesystem::path> files_in(const std::filesystem::path& folder) {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        if (entry.is_regular_file()) files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    return files;
}

std::vector<std::uint8_t> bytes_of(const std::filesystem::path& file) {
    std::ifstream stream(file, std::ios::binary);
    // Exactly as long as the file, so that AddressSanitizer sees a read beyond its end.
    std::vector<char> text{std::istreambuf_iterator<char>(stream), {}};
    return {text.begin(), text.end()};
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2 || !std::filesystem::is_directory(argv[1])) {
        std::fprintf(stderr, "usage: %s CORPUS_FOLDER\n", argv[0]);
        return 2;
    }

    const auto files = files_in(argv[1]);
    for (const auto& file : files) {
        std::fprintf(stderr, "%s\n", file.filename().c_str());
        const auto bytes = bytes_of(file);
        LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
    }

    std::printf("replayed %zu inputs\n", files.size());
    return files.empty() ? 1 : 0;
}
