// The wire in logs.

#include "wire/to_text.hpp"

#include "wire/table.hpp"

#include <gtest/gtest.h>

#include <string>

namespace eventail::wire {
namespace {

using namespace std::string_literals;

TEST(ToText, a_method_is_one_line_without_its_empty_fields) {
    const BasicPublish publish{.exchange = "events", .routing_key = "SecondTicked"};

    EXPECT_EQ(to_text(publish), "basic.publish exchange=events routing_key=SecondTicked");
    EXPECT_EQ(to_text(ChannelCloseOk{}), "channel.close-ok");
    EXPECT_EQ(to_text(BasicAck{.delivery_tag = 7, .multiple = true}),
              "basic.ack delivery_tag=7 multiple=true");
}

TEST(ToText, passwords_and_secrets_do_not_appear) {
    const std::string login = "\0guest\0guest"s;

    EXPECT_EQ(to_text(ConnectionStartOk{.mechanism = "PLAIN", .response = as_bytes(login)}),
              "connection.start-ok mechanism=PLAIN response=***");
    EXPECT_EQ(to_text(ConnectionSecureOk{.response = as_bytes(login)}),
              "connection.secure-ok response=***");
    EXPECT_EQ(to_text(ConnectionUpdateSecret{.new_secret = as_bytes(login), .reason = "old"}),
              "connection.update-secret new_secret=*** reason=old");
}

TEST(ToText, texts_of_peers_are_quoted_and_control_characters_escaped) {
    const BasicCancel cancel{.consumer_tag = "a \"b\"\n\x1b[31m\xff"};

    EXPECT_EQ(to_text(cancel), R"(basic.cancel consumer_tag="a \"b\"\x0a\x1b[31m\xff")");
}

TEST(ToText, a_table_shows_every_type) {
    const std::string content =
        "\x01"
        "fd\x3f\xe0\x00\x00\x00\x00\x00\x00\x01"
        "dD\x02\x00\x00\x01\x39"s;
    const Table table = Table()
                            .set("text", "went away")
                            .set("count", -3)
                            .set("flag", false)
                            .set("list", Array().add(1).add("a").add(nullptr))
                            .set("nested", Table())
                            .set("time", Timestamp{1700000000});

    EXPECT_EQ(to_text(table),
              "{text=\"went away\", count=-3, flag=false, list=[1, a, void], "
              "nested={}, time=1700000000}");
    EXPECT_EQ(to_text(TableView::parse(as_bytes(content))), "{f=0.5, d=313e-2}");
}

TEST(ToText, a_content_header_shows_its_properties) {
    const Table headers = Table().set("status", "success");
    const ContentHeader header{.body_size = 97,
                               .properties = {.content_type = "application/cbor",
                                              .headers = headers,
                                              .delivery_mode = std::uint8_t{2},
                                              .reply_to = ""}};

    EXPECT_EQ(to_text(header),
              "content-header body_size=97 content_type=application/cbor "
              "headers={status=success} delivery_mode=2 reply_to=\"\"");
}

}  // namespace
}  // namespace eventail::wire
