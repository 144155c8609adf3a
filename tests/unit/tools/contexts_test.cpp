#include "tools/contexts.hpp"

#include "support/temporary_folder.hpp"
#include "tools/connection.hpp"
#include <eventail/error.hpp>

#include <gtest/gtest.h>

#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <string>

namespace eventail::tools {
namespace {

std::string refusal(const std::function<void()>& call) {
    try {
        call();
    } catch (const Error& error) {
        return error.what();
    }
    return "no error";
}

class ContextFiles : public testing::Test {
protected:
    std::string path() const { return folder_.path("made/contexts.json"); }
    std::string password_file(const std::string& content) const {
        return folder_.write("password", content);
    }

private:
    test::TemporaryFolder folder_;
};

TEST_F(ContextFiles, keep_what_was_written_for_their_owner_alone) {
    const Contexts contexts = {
        {"dev", {.urls = {"amqp://localhost"}}},
        {"prod", {.urls = {"amqps://ada@a/x", "amqps://ada@b/x"}, .password_file = "/p \"1\""}}};

    write_contexts(path(), contexts);

    EXPECT_EQ(read_contexts(path()), contexts);
    struct stat status = {};
    ASSERT_EQ(::stat(path().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777u, 0600u);
}

TEST_F(ContextFiles, that_do_not_exist_hold_nothing) { EXPECT_TRUE(read_contexts(path()).empty()); }

TEST_F(ContextFiles, that_others_may_read_are_refused) {
    write_contexts(path(), {});
    ::chmod(path().c_str(), 0640);

    EXPECT_EQ(refusal([&] { static_cast<void>(read_contexts(path())); }),
              path() + ": other users may read or change it; run: chmod 600 '" + path() + "'");
}

TEST_F(ContextFiles, of_another_kind_are_refused) {
    write_contexts(path(), {});
    std::ofstream(path()) << "[1]";

    EXPECT_TRUE(refusal([&] {
                    static_cast<void>(read_contexts(path()));
                }).starts_with(path() + ": not a file of contexts: "));
}

TEST_F(ContextFiles, leave_no_second_file_behind) {
    write_contexts(path(), {});
    write_contexts(path(), {{"a", {.urls = {"amqp://a"}}}});

    const std::filesystem::directory_iterator files(std::filesystem::path(path()).parent_path());
    EXPECT_EQ(std::distance(begin(files), end(files)), 1);
}

TEST_F(ContextFiles, take_the_password_from_its_file_when_it_is_used) {
    const Context context{.urls = {"amqps://ada@a/x", "amqps://ada@b"},
                          .password_file = password_file("s@/ é:\n")};

    EXPECT_EQ(urls_of(context), (std::vector<std::string>{"amqps://ada:s%40%2F%20%C3%A9%3A@a/x",
                                                          "amqps://ada:s%40%2F%20%C3%A9%3A@b"}));
}

TEST_F(ContextFiles, need_a_password_in_the_file_for_it) {
    const Context context{.urls = {"amqps://ada@a"}, .password_file = password_file("\n")};

    EXPECT_EQ(refusal([&] { static_cast<void>(urls_of(context)); }),
              context.password_file + ": it is empty; write the password there");
}

TEST(Contexts, have_urls_that_can_be_used) {
    EXPECT_NE(refusal([] { check_context({.urls = {"http://a"}}); }), "no error");
    EXPECT_EQ(refusal([] { check_context({.urls = {"amqp://a"}, .password_file = "/p"}); }),
              "amqp://a: with a password file, a url names the user: amqps://USER@HOST");
    EXPECT_EQ(
        refusal([] { check_context({.urls = {"amqp://ada:xyzzy@a"}, .password_file = "/p"}); }),
        "amqp://ada@a: it has a password, and there is a password file");
}

TEST(Contexts, have_plain_names) {
    for (const char* name : {"", "-c", "a b", "../x", "ä"}) {
        EXPECT_NE(refusal([&] { check_context_name(name); }), "no error") << name;
    }
    EXPECT_EQ(refusal([] { check_context_name("prod-2.eu_west"); }), "no error");
}

TEST(Urls, are_shown_without_their_password) {
    EXPECT_EQ(without_password("amqp://ada:xyzzy@a/x"), "amqp://ada@a/x");
    EXPECT_EQ(without_password("amqp://ada:xy@zz/y@a/x"), "amqp://ada@a/x");
    EXPECT_EQ(without_password("amqp://ada@a"), "amqp://ada@a");
}

TEST(Urls, hold_a_secret_unless_everybody_knows_it) {
    EXPECT_TRUE(has_secret("amqp://ada:xyzzy@a"));
    EXPECT_FALSE(has_secret("amqp://guest:guest@a"));
    EXPECT_FALSE(has_secret("amqp://ada@a"));
    EXPECT_FALSE(has_secret("amqp://a:5672/x"));
}

TEST(BrokerChoice, prefers_arguments_to_the_environment) {
    EXPECT_EQ(choose_broker({.urls = {"amqp://a", "amqp://b"}}, {.environment = "amqp://c"}).urls,
              (std::vector<std::string>{"amqp://a", "amqp://b"}));
    EXPECT_EQ(choose_broker({}, {.environment = " amqp://c  amqp://d "}).urls,
              (std::vector<std::string>{"amqp://c", "amqp://d"}));
    EXPECT_EQ(choose_broker({}, {}).urls, std::vector<std::string>{"amqp://localhost"});
}

TEST(BrokerChoice, warns_of_a_password_among_the_arguments_without_showing_it) {
    const BrokerChoice choice = choose_broker({.urls = {"amqp://ada:xyzzy@a"}}, {});

    EXPECT_NE(choice.warning, "");
    EXPECT_EQ(choice.warning.find("xyzzy"), std::string::npos);
    EXPECT_EQ(choose_broker({}, {.environment = "amqp://ada:xyzzy@a"}).warning, "");
}

TEST(BrokerChoice, of_an_unknown_context_says_where_to_look) {
    EXPECT_EQ(refusal([] {
                  static_cast<void>(choose_broker({.context = "prod"}, {.contexts_file = "/no"}));
              }),
              "there is no context prod; eventail context list shows the ones there are");
}

}  // namespace
}  // namespace eventail::tools
