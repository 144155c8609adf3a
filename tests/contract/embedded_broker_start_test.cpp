// How an embedded broker starts and its state afterwards: its url, users, TLS, log.
#include "contract/service_fixture.hpp"
#include "support/certificates.hpp"
#include "support/temporary_folder.hpp"
#include <eventail/broker.hpp>
#include <eventail/endpoint.hpp>
#include <eventail/error.hpp>

#include <fcntl.h>
#include <sys/stat.h>

#include <filesystem>
#include <mutex>
#include <set>

namespace eventail {
namespace {

using test::eventually;
using test::Supervised;
using test::Tested;

TEST(EmbeddedBroker, is_up_and_down_within_fifty_milliseconds) {
    double best = 1;
    // On a machine that does something else, one attempt may take as long as it likes.
    for (int attempt = 0; attempt < 20 && best >= 0.05; ++attempt) {
        const auto begin = std::chrono::steady_clock::now();
        {
            EmbeddedBroker broker;
            EXPECT_NE(broker.port(), 0);
        }
        best = std::min(best, test::seconds_since(begin));
    }

    EXPECT_LT(best, 0.05);
}

TEST(EmbeddedBroker, says_its_url_with_everything_percent_encoded) {
    const EmbeddedBroker broker({.users = {{.name = "a b", .password = "p/w"}}});

    EXPECT_EQ(broker.url("x/y"),
              "amqp://a%20b:p%2Fw@127.0.0.1:" + std::to_string(broker.port()) + "/x%2Fy");
}

TEST(EmbeddedBroker, does_not_offer_the_default_login_beyond_loopback) {
    EXPECT_THROW(EmbeddedBroker({.address = "0.0.0.0"}), Error);
}

TEST(EmbeddedBroker, a_port_that_is_taken_is_one_clear_error) {
    const EmbeddedBroker first;

    EXPECT_THROW(EmbeddedBroker({.port = first.port()}), Error);
}

TEST(EmbeddedBroker, after_stop_everything_is_an_error) {
    EmbeddedBroker broker;
    broker.stop();

    EXPECT_THROW(broker.queues(), Error);
}

TEST(EmbeddedBroker, speaks_tls_only_if_it_is_asked_to) {
    const test::TemporaryFolder folder;
    const test::Authority authority("ca");
    const test::Identity identity = authority.issue("broker", "DNS:localhost,IP:127.0.0.1");
    const std::string ca_file = folder.write("ca.pem", authority.certificate());
    EmbeddedBroker broker(
        {.tls = BrokerTls{.certificate_file = folder.write("broker.pem", identity.certificate),
                          .key_file = folder.write("broker.key", identity.key)}});
    broker.declare_exchange("events");
    broker.declare_queue("q", "events", {"#"});
    Endpoint endpoint(EndpointOptions{.amqp_urls = {broker.url() + "?cacertfile=" + ca_file},
                                      .logical_service = "clock"});

    endpoint.publish_event("Ticked", {{"text", std::string(1'000'000, 'x')}});

    EXPECT_EQ(broker.queues().at(0).ready_count, 1u);
    EXPECT_GT(broker.peek("q").at(0).body.size(), 1'000'000u);
}

/// The broker's message when it cannot start with these files.
std::string refusal_of(const std::string& certificate_file, const std::string& key_file) {
    try {
        const EmbeddedBroker broker({.tls = BrokerTls{certificate_file, key_file}});
    } catch (const Error& error) {
        return error.what();
    }
    return "it has started";
}

TEST(EmbeddedBroker, says_which_file_of_tls_it_cannot_use_and_why) {
    using testing::AllOf;
    using testing::HasSubstr;
    const test::TemporaryFolder folder;
    const test::Authority authority("ca");
    const test::Identity identity = authority.issue("broker", "DNS:localhost");
    const std::string certificate = folder.write("broker.pem", identity.certificate);
    const std::string key = folder.write("broker.key", identity.key);
    const std::string other_key = folder.write("x.key", authority.issue("x", "DNS:x").key);
    const std::string text = folder.write("notes.txt", "no certificate");

    EXPECT_THAT(refusal_of("/nowhere.pem", key),
                AllOf(HasSubstr("cannot read its certificate /nowhere.pem"),
                      HasSubstr("No such file or directory")));
    EXPECT_THAT(refusal_of(certificate, "/nowhere.key"),
                AllOf(HasSubstr("cannot read its private key /nowhere.key"),
                      HasSubstr("No such file or directory")));
    EXPECT_THAT(refusal_of(folder.path(""), key), HasSubstr("Is a directory"));
    EXPECT_THAT(refusal_of(text, key),
                AllOf(HasSubstr("cannot use its certificate " + text), HasSubstr("in PEM")));
    EXPECT_THAT(refusal_of(certificate, text),
                AllOf(HasSubstr("cannot use its private key " + text), HasSubstr("in PEM")));
    EXPECT_THAT(refusal_of(certificate, other_key),
                AllOf(HasSubstr("cannot use its private key " + other_key),
                      HasSubstr("belong to " + certificate)));
    EXPECT_EQ(refusal_of(certificate, key), "it has started");
}

TEST(EmbeddedBroker, a_user_enters_only_its_virtual_hosts) {
    const EmbeddedBroker broker(
        {.users = {{.name = "ada", .password = "a", .virtual_hosts = {{"one"}}},
                   {.name = "ada", .password = "a", .write = "", .virtual_hosts = {{"two"}}},
                   {.name = "bob", .password = "b"}},
         .virtual_hosts = {"one", "two", "three"}});
    const auto enter = [&](const std::string& login, std::string_view host) {
        std::string url = broker.url(host);
        test::Probe probe(url.replace(url.find("ada:a"), 5, login));
        probe.declare_queue("q");
        probe.publish("", "q", {}, "content");
    };

    EXPECT_NO_THROW(enter("ada:a", "one"));
    EXPECT_ANY_THROW(enter("ada:a", "two"));
    EXPECT_ANY_THROW(enter("ada:a", "three"));
    EXPECT_NO_THROW(enter("bob:b", "three"));
}

std::set<int> open_descriptors() {
    std::set<int> open;
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
        open.insert(std::stoi(entry.path().filename()));
    }
    return open;
}

TEST(EmbeddedBroker, children_of_the_program_inherit_nothing_of_brokers_services_and_endpoints) {
    const std::set<int> before = open_descriptors();
    EmbeddedBroker broker;
    Tested service({.amqp_urls = {broker.url()}, .logical_service = "tester"});
    service.on_event("Ticked", [](const Event&) {});
    Supervised running(service);
    ASSERT_TRUE(eventually([&] { return service.ready == 1; }));
    Endpoint endpoint(EndpointOptions{.amqp_urls = {broker.url()}, .logical_service = "clock"});
    endpoint.publish_event("Ticked", {{"n", 1}});

    std::size_t socket_count = 0;
    for (const int fd : open_descriptors()) {
        const int flags = ::fcntl(fd, F_GETFD);
        if (before.contains(fd) || flags < 0) continue;
        struct stat status = {};
        ::fstat(fd, &status);
        socket_count += S_ISSOCK(status.st_mode) ? 1 : 0;
        EXPECT_TRUE((flags & FD_CLOEXEC) != 0)
            << std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(fd));
    }

    EXPECT_EQ(socket_count, 7u) << "one listens, three connections have two ends each";
    EXPECT_EQ(running.stop(), 0);
}

TEST(EmbeddedBroker, logs_a_line_for_each_connection_that_comes_and_goes) {
    std::mutex mutex;
    std::vector<std::string> lines;
    {
        EmbeddedBroker broker({.log = [&](std::string_view line) {
            const std::scoped_lock lock(mutex);
            lines.emplace_back(line);
        }});
        Endpoint(EndpointOptions{.amqp_urls = {broker.url()}, .logical_service = "clock"})
            .publish_event("Ticked", {{"n", 1}});
    }

    ASSERT_EQ(lines.size(), 2u);
    EXPECT_THAT(lines[0], testing::HasSubstr("user 'guest' entered '/'"));
    EXPECT_THAT(lines[1], testing::HasSubstr("ended: closed by the client"));
}

}  // namespace
}  // namespace eventail
