#include "tools/payload_source.hpp"

#include "support/temporary_folder.hpp"
#include <eventail/error.hpp>

#include <gtest/gtest.h>

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>

namespace eventail::tools {
namespace {

class PayloadSources : public testing::Test {
protected:
    std::string file(const std::string& name, const std::string& content) {
        return folder_.write(name, content);
    }
    std::string path(const std::string& name) { return folder_.path(name); }

    static Payload read(const std::string& argument, bool is_template = true) {
        return PayloadSource::read(argument, is_template).payload({.seq = 3, .now = {}, .uuid = [] {
                                                                       return "u";
                                                                   }});
    }
    /// The text of the error, which must be invalid_argument.
    static std::string refusal(const std::string& argument) {
        try {
            static_cast<void>(read(argument));
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), Errc::invalid_argument);
            return error.what();
        }
        return "no error";
    }

private:
    test::TemporaryFolder folder_;
};

TEST_F(PayloadSources, are_inline_json) {
    EXPECT_EQ(read(R"( {"a": [1]} )").dump(), R"({"a":[1]})");
    EXPECT_EQ(read("-5").get<int>(), -5);
    EXPECT_TRUE(read("null").is_null());
}

TEST_F(PayloadSources, are_files_of_json_and_cbor) {
    EXPECT_EQ(read(file("order.json", "{\"a\":\n 1}")).dump(), R"({"a":1})");
    EXPECT_EQ(read(file("order.cbor", "\x82\x01\x42\xff\xfe")).dump(), "[1,h'fffe']");
}

TEST_F(PayloadSources, fill_in_templates_in_json_unless_they_are_literal) {
    EXPECT_EQ(read(R"([{{seq}}, "{{uuid}}"])").dump(), R"([3,"u"])");
    EXPECT_EQ(read(R"(["{{uuid}}"])", false).dump(), R"(["{{uuid}}"])");
    EXPECT_EQ(read(file("text.cbor", "\x67{{seq}}")).dump(), R"("{{seq}}")");
}

TEST_F(PayloadSources, name_line_and_column_of_bad_json) {
    EXPECT_EQ(refusal("{\"ä\": 1,\n  \"b\": x}"),
              "PAYLOAD: not JSON, line 2, column 8: syntax error while parsing value - invalid "
              "literal");
    const std::string path = file("bad.json", "{\"a\" 1}");
    EXPECT_TRUE(refusal(path).starts_with(path + ": not JSON, line 1, column 7: "))
        << refusal(path);
    EXPECT_TRUE(refusal("[NaN]").starts_with("PAYLOAD: not JSON, line 1, column "))
        << refusal("[NaN]");
}

TEST_F(PayloadSources, name_the_offset_in_bad_cbor) {
    const std::string path = file("bad.cbor", "\x82\x01\xff");

    EXPECT_TRUE(refusal(path).starts_with(path + ": not CBOR, offset 2: ")) << refusal(path);
}

TEST_F(PayloadSources, may_not_be_empty) {
    EXPECT_EQ(refusal(file("a.json", " \n")),
              path("a.json") + ": it is empty; for the value null write null");
    EXPECT_EQ(refusal(file("a.cbor", "")),
              path("a.cbor") + ": it is empty; CBOR has at least one byte");
    EXPECT_EQ(refusal(""), "PAYLOAD: it is empty; for the empty map write '{}'");
}

TEST_F(PayloadSources, that_are_missing_or_unreadable_say_so) {
    EXPECT_EQ(refusal(path("no.json")),
              path("no.json") + ": cannot be read: No such file or directory");
    std::filesystem::create_directory(path("folder.json"));
    EXPECT_EQ(refusal(path("folder.json")), path("folder.json") + ": a folder, not a file");
    if (::geteuid() == 0) return;  // root may read everything
    const std::string secret = file("secret.json", "1");
    ::chmod(secret.c_str(), 0);
    EXPECT_EQ(refusal(secret), secret + ": cannot be read: Permission denied");
}

TEST_F(PayloadSources, that_are_fifos_are_refused_without_waiting_for_a_writer) {
    ASSERT_EQ(::mkfifo(path("fifo.json").c_str(), 0600), 0);

    EXPECT_EQ(refusal(path("fifo.json")),
              path("fifo.json") + ": a FIFO, not a file; pass - and pipe it into standard input");
}

TEST_F(PayloadSources, of_3_gigabytes_are_refused_without_reading_them) {
    const std::string large = file("large.json", "");
    std::filesystem::resize_file(large, std::uintmax_t{3} << 30);

    EXPECT_EQ(refusal(large), large + ": 3072 MiB, too large: a payload has at most 16 MiB");
}

TEST_F(PayloadSources, that_do_not_end_are_refused_at_the_limit) {
    EXPECT_EQ(refusal("/dev/zero"),
              "/dev/zero: a payload file is named .json or .cbor; or pass - "
              "and pipe it into standard input");
    std::filesystem::create_symlink("/dev/zero", path("zero.json"));
    EXPECT_EQ(refusal(path("zero.json")), path("zero.json") + ": a device, not a file");
}

TEST_F(PayloadSources, that_are_neither_say_what_a_payload_is) {
    EXPECT_EQ(refusal("order"), "order: neither JSON, nor a file named .json or .cbor, nor -");
}

}  // namespace
}  // namespace eventail::tools
