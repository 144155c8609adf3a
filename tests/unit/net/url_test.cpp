#include "net/url.hpp"

#include <eventail/error.hpp>

#include <gtest/gtest.h>

#include <string>

namespace eventail::net {
namespace {

using namespace std::chrono_literals;

/// The message of the refusal; fails the test without one.
std::string refusal(std::string_view text) {
    try {
        static_cast<void>(parse_url(text));
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), Errc::bad_url);
        return error.what();
    }
    ADD_FAILURE() << text << " was accepted";
    return "";
}

bool contains(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

TEST(Url, what_is_missing_has_the_defaults_of_rabbitmq) {
    const Url url = parse_url("amqp://");

    EXPECT_FALSE(url.is_tls);
    EXPECT_EQ(url.host, "localhost");
    EXPECT_EQ(url.port, 5672);
    EXPECT_EQ(url.user, "guest");
    EXPECT_EQ(url.password, "guest");
    EXPECT_EQ(url.virtual_host, "/");
    EXPECT_EQ(url.auth_mechanism, "PLAIN");
    EXPECT_TRUE(url.verify_peer);
    EXPECT_FALSE(url.heartbeat || url.connection_timeout || url.channel_max || url.frame_max);
}

TEST(Url, each_part_is_read) {
    const Url url = parse_url("amqp://user:pass@host:10000/vhost");

    EXPECT_EQ(url.user, "user");
    EXPECT_EQ(url.password, "pass");
    EXPECT_EQ(url.host, "host");
    EXPECT_EQ(url.port, 10000);
    EXPECT_EQ(url.virtual_host, "vhost");
}

TEST(Url, each_part_is_percent_decoded) {
    const Url url = parse_url("amqp://user%61:%61p%40ss@ho%61st:10000/v%2fhost");

    EXPECT_EQ(url.user, "usera");
    EXPECT_EQ(url.password, "ap@ss");
    EXPECT_EQ(url.host, "hoast");
    EXPECT_EQ(url.virtual_host, "v/host");
}

TEST(Url, a_host_with_a_colon_is_an_ipv6_address_or_refused) {
    EXPECT_EQ(parse_url("amqp://[::1]").host, "::1");
    for (const char* text : {"amqp://a%3Ab/", "amqp://[v1.a:b]/"}) {
        EXPECT_THROW((void)parse_url(text), Error) << text;
    }
}

TEST(Url, an_empty_path_a_slash_and_an_escaped_slash_are_the_virtual_host_slash) {
    for (const char* text : {"amqp://host", "amqp://host/", "amqp://host/%2f", "amqp://host/%2F",
                             "amqp://host?heartbeat=1", "amqp:///"}) {
        EXPECT_EQ(parse_url(text).virtual_host, "/") << text;
    }
}

TEST(Url, an_empty_user_or_password_is_not_a_missing_one) {
    const Url empty = parse_url("amqp://:@/");
    const Url user_only = parse_url("amqp://someone@host");

    EXPECT_EQ(empty.user, "");
    EXPECT_EQ(empty.password, "");
    EXPECT_EQ(user_only.user, "someone");
    EXPECT_EQ(user_only.password, "guest");
}

TEST(Url, amqps_is_tls_on_its_own_default_port) {
    EXPECT_TRUE(parse_url("amqps://host").is_tls);
    EXPECT_EQ(parse_url("amqps://host").port, 5671);
    EXPECT_EQ(parse_url("AMQPS://host:").port, 5671);
    EXPECT_EQ(parse_url("amqps://host:443").port, 443);
    EXPECT_EQ(parse_url("amqps://host:0065535").port, 65535);
}

TEST(Url, an_ipv6_address_stands_in_brackets) {
    const Url url = parse_url("amqp://[2001:db8::1]:5673/v");

    EXPECT_EQ(url.host, "2001:db8::1");
    EXPECT_EQ(url.port, 5673);
    EXPECT_EQ(redacted(url), "amqp://guest@[2001:db8::1]:5673/v");
    EXPECT_TRUE(contains(refusal("amqp://2001:db8::1/"), "brackets"));
}

TEST(Url, the_query_parameters_are_read) {
    const Url url = parse_url(
        "amqps://host?heartbeat=5&connection_timeout=10000&channel_max=100&frame_max=8192"
        "&auth_mechanism=external&cacertfile=%2Fca%20s.pem&certfile=/c.pem&keyfile=/k.pem"
        "&verify=verify_none&server_name_indication=other");

    EXPECT_EQ(url.heartbeat, 5s);
    EXPECT_EQ(url.connection_timeout, 10s);
    EXPECT_EQ(url.channel_max, 100);
    EXPECT_EQ(url.frame_max, 8192u);
    EXPECT_EQ(url.auth_mechanism, "EXTERNAL");
    EXPECT_EQ(url.cacertfile, "/ca s.pem");
    EXPECT_EQ(url.certfile, "/c.pem");
    EXPECT_EQ(url.keyfile, "/k.pem");
    EXPECT_FALSE(url.verify_peer);
    EXPECT_EQ(url.server_name_indication, "other");
}

TEST(Url, numbers_are_checked_against_their_range) {
    EXPECT_EQ(parse_url("amqp://h?heartbeat=65535").heartbeat, 65535s);
    EXPECT_EQ(parse_url("amqp://h?frame_max=0").frame_max, 0u);
    EXPECT_EQ(parse_url("amqp://h?frame_max=4294967295").frame_max, 4294967295u);
    for (const char* query :
         {"heartbeat=65536", "heartbeat=-1", "heartbeat=1s", "heartbeat=", "heartbeat=%201",
          "channel_max=65536", "frame_max=4095", "frame_max=4294967296", "connection_timeout=0",
          "connection_timeout=99999999999"}) {
        const std::string name(query, std::string_view(query).find('='));
        EXPECT_TRUE(contains(refusal(std::string("amqp://h?") + query), name)) << query;
    }
}

TEST(Url, the_port_is_checked_against_its_range) {
    for (const char* text : {"amqp://h:0", "amqp://h:65536", "amqp://h:65537", "amqp://h:99999",
                             "amqp://h:99999999999999"}) {
        EXPECT_TRUE(contains(refusal(text), "port")) << text;
    }
}

TEST(Url, an_unknown_parameter_is_named) {
    const std::string message = refusal("amqp://me:secret@host/?hartbeat=5");

    EXPECT_TRUE(contains(message, "amqp://me@host:5672/: query parameter hartbeat: unknown"))
        << message;
}

TEST(Url, a_parameter_given_twice_is_refused) {
    EXPECT_TRUE(contains(refusal("amqp://h?heartbeat=1&heartbeat=2"), "heartbeat: given twice"));
}

TEST(Url, words_of_parameters_are_checked) {
    EXPECT_TRUE(contains(refusal("amqps://h?verify=yes"), "verify_peer nor verify_none"));
    EXPECT_TRUE(contains(refusal("amqp://h?auth_mechanism=GSSAPI"), "plain nor external"));
    EXPECT_TRUE(contains(refusal("amqps://h?cacertfile="), "no value"));
    EXPECT_TRUE(contains(refusal("amqps://h?cacertfile"), "no value"));
}

TEST(Url, tls_parameters_on_an_unencrypted_url_are_refused) {
    for (const char* query : {"verify=verify_peer", "cacertfile=/a", "certfile=/a", "keyfile=/a",
                              "server_name_indication=a"}) {
        EXPECT_TRUE(contains(refusal(std::string("amqp://h?") + query), "amqps://")) << query;
    }
}

TEST(Url, a_key_without_a_certificate_is_refused) {
    EXPECT_TRUE(contains(refusal("amqps://h?keyfile=/k"), "certfile"));
}

TEST(Url, what_is_no_amqp_url_is_refused) {
    EXPECT_TRUE(contains(refusal("http://host/"), "amqp://"));
    EXPECT_TRUE(contains(refusal("localhost"), "of the form"));
    EXPECT_TRUE(contains(refusal("localhost:5672"), "of the form"));
    EXPECT_TRUE(contains(refusal("amqp:host"), "of the form"));
    EXPECT_TRUE(contains(refusal(""), "of the form"));
    EXPECT_TRUE(contains(refusal("amqp://host/a/b"), "%2F"));
    EXPECT_TRUE(contains(refusal("amqp://host/#a"), "%23"));
    EXPECT_TRUE(contains(refusal("amqp://host/%zz"), "of the form"));
    EXPECT_TRUE(contains(refusal("amqp://host/" + std::string(256, 'v')), "255"));
}

TEST(Url, a_character_that_no_url_has_is_located) {
    EXPECT_TRUE(contains(refusal("amqp://ho st/"), "character 10 "));
    EXPECT_TRUE(contains(refusal("amqp://us\xc3\xa9r@host/"), "character 10 "));
    EXPECT_TRUE(contains(refusal("amqp://host/\n"), "character 13 "));
}

TEST(Url, zero_bytes_and_control_characters_that_would_do_harm_are_refused) {
    refusal("amqp://us%00er@host");
    refusal("amqp://user:a%00b@host");
    refusal("amqp://ho%00st");
    refusal("amqp://ho%1bst");
    refusal("amqp://host/%00");
    refusal("amqps://host?cacertfile=/a%00b");
}

TEST(Url, no_message_shows_a_password_that_was_not_percent_encoded) {
    for (const std::string password :
         {"se@cret", "12/secret", "12?secret", "12#secret", "se cret", "se%cret", "12:se/cret",
          "[secret", "se\"cret", "1/se?c#ret"}) {
        const std::string message = refusal("amqp://user:" + password + "@host:5672/vhost");

        EXPECT_FALSE(contains(message, "cret")) << message;
        EXPECT_TRUE(contains(message, "ercent-encode")) << message;
    }
}

TEST(Url, a_separator_that_was_percent_encoded_is_named_and_the_password_is_not_shown) {
    for (const char* text :
         {"amqp://user%3Asecret@host", "amqps://user%3asecret@host/?heartbeat=1"}) {
        EXPECT_EQ(refusal(text),
                  "broker url: a ':' in the user (%3A), and no password; the one between user and "
                  "password is not encoded");
    }
    EXPECT_EQ(refusal("amqp://user%3Asecret%40host"),
              "broker url: an '@' in the host (%40); the one before the host is not encoded");
    EXPECT_EQ(parse_url("amqp://user%3Aname:secret@host").user, "user:name");
}

TEST(Url, a_login_that_does_not_fit_into_the_first_frame_is_refused) {
    const std::string half(1024, 'x');

    EXPECT_EQ(parse_url("amqp://" + half + ":" + half + "@host").user, half);
    EXPECT_EQ(refusal("amqp://" + half + ":y" + half + "@host"),
              "broker url: user and password are longer than 2048 bytes");
}

TEST(Url, no_message_about_something_else_shows_the_password) {
    for (const char* rest : {"host:0", "host/a/b", "host/?x=1", "host/?heartbeat=x", "host/#a"}) {
        EXPECT_FALSE(contains(refusal(std::string("amqp://user:secret@") + rest), "secret"))
            << rest;
    }
}

TEST(Url, redacted_shows_everything_but_the_password) {
    EXPECT_EQ(redacted(parse_url("amqps://me:secret@host/v")), "amqps://me@host:5671/v");
    EXPECT_EQ(redacted(parse_url("amqp://me:secret@host")), "amqp://me@host:5672/");
}

TEST(Url, redacted_is_harmless_on_a_terminal) {
    EXPECT_EQ(redacted(parse_url("amqp://m%1be@host/a%2fb%0a")), "amqp://m%1Be@host:5672/a%2Fb%0A");
}

}  // namespace
}  // namespace eventail::net
