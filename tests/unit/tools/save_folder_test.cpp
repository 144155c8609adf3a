#include "tools/save_folder.hpp"

#include "support/temporary_folder.hpp"
#include <eventail/error.hpp>

#include <gtest/gtest.h>

#include <signal.h>
#include <sys/resource.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace eventail::tools {
namespace {

BusMessage message(const std::string& body) {
    return {.exchange = "events",
            .routing_key = "../../x",
            .content_type = "application/json",
            .body = body};
}

std::string save(SaveFolder& folder, const BusMessage& message, bool as_json = false) {
    return folder.save(message, content_of(message), as_json);
}

std::string content(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

TEST(SaveFolder, gives_names_of_its_own) {
    const test::TemporaryFolder home;
    SaveFolder folder(home.path("saved"));

    EXPECT_EQ(save(folder, message("[1]")), "000001-event.json");
    EXPECT_EQ(save(folder, message("\xff")), "000002-event.bin");
    EXPECT_EQ(content(home.path("saved/000001-event.json")), "[1]");
    EXPECT_EQ(content(home.path("saved/000002-event.bin")), "\xff");
}

TEST(SaveFolder, writes_json_if_asked_for) {
    const test::TemporaryFolder home;
    SaveFolder folder(home.path("saved"));
    BusMessage cbor = message("\x81\x41\xff");
    cbor.content_type = "application/cbor";

    EXPECT_EQ(save(folder, cbor, true), "000001-event.json");
    EXPECT_EQ(save(folder, cbor), "000002-event.cbor");
    EXPECT_EQ(content(home.path("saved/000001-event.json")), "[{\"$binary\":\"/w==\"}]\n");
}

TEST(SaveFolder, follows_no_link_and_overwrites_nothing) {
    const test::TemporaryFolder home;
    std::filesystem::create_directory(home.path("saved"));
    std::filesystem::create_symlink(home.path("outside"), home.path("saved/000001-event.json"));
    SaveFolder folder(home.path("saved"));

    EXPECT_EQ(save(folder, message("1")), "000002-event.json");
    EXPECT_FALSE(std::filesystem::exists(home.path("outside")));
}

TEST(SaveFolder, leaves_no_part_of_a_file_that_does_not_fit) {
    const test::TemporaryFolder home;
    SaveFolder folder(home.path("saved"));
    rlimit before = {};
    ::getrlimit(RLIMIT_FSIZE, &before);
    const auto handler = ::signal(SIGXFSZ, SIG_IGN);
    const rlimit small{.rlim_cur = 10, .rlim_max = before.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &small);

    EXPECT_THROW(save(folder, message("\"" + std::string(100, 'x') + "\"")), Error);

    ::setrlimit(RLIMIT_FSIZE, &before);
    ::signal(SIGXFSZ, handler);
    EXPECT_TRUE(std::filesystem::is_empty(home.path("saved")));
}

TEST(SaveFolder, must_be_a_folder) {
    const test::TemporaryFolder home;

    EXPECT_THROW(SaveFolder(home.write("file", "")), Error);
    EXPECT_THROW(SaveFolder(home.path("no/where")), Error);
}

}  // namespace
}  // namespace eventail::tools
