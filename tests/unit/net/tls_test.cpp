#include "net/tls.hpp"

#include "support/certificates.hpp"
#include "support/temporary_folder.hpp"
#include "support/tls_server_end.hpp"
#include <eventail/error.hpp>

#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace eventail::net {
namespace {

using test::Authority;
using test::TlsServerEnd;
using test::TlsServerOptions;

bool contains(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

/// A client that trusts `authority_` and a server with its certificate, joined in memory.
class Tls : public testing::Test {
protected:
    Tls() {
        url_.is_tls = true;
        url_.host = "broker.example";
        url_.cacertfile = folder_.write("ca.pem", authority_.certificate());
        server_options_.identity = authority_.issue("broker", "DNS:broker.example,IP:127.0.0.1");
    }

    void connect() {
        client_.emplace(url_);
        server_.emplace(server_options_);
        client_->handshake();
        exchange();
    }

    /// Carries bytes both ways, `most` at a time, until both are silent.
    void exchange(std::size_t most = 100000) {
        for (bool is_moving = true; is_moving;) {
            const wire::Bytes out = client_->pending_ciphertext();
            const std::size_t count = std::min(out.size(), most);
            server_->feed(out.first(count));
            client_->consumed(count);
            for_client_ += server_->take_output();
            const std::string in = for_client_.substr(0, most);
            for_client_.erase(0, in.size());
            client_->feed_ciphertext(wire::as_bytes(in));
            client_->handshake();
            read();
            is_moving = count > 0 || !in.empty();
        }
    }

    void read() {
        std::array<std::byte, 5000> buffer;
        while (const std::size_t count = client_->read_plaintext(buffer)) {
            received_ += wire::as_text(wire::Bytes(buffer).first(count));
        }
    }

    std::string construction_error() {
        try {
            const TlsFilter filter(url_);
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), Errc::tls_failed);
            return error.what();
        }
        return "none";
    }

    test::TemporaryFolder folder_;
    Authority authority_{"Test Authority"};
    Url url_;
    TlsServerOptions server_options_;
    std::optional<TlsFilter> client_;
    std::optional<TlsServerEnd> server_;
    std::string for_client_;
    std::string received_;
};

TEST_F(Tls, a_trusted_server_with_the_right_name_is_accepted) {
    connect();

    EXPECT_EQ(client_->state(), TlsFilter::State::open) << client_->failure();
    EXPECT_TRUE(server_->is_established());
    EXPECT_EQ(server_->version(), "TLSv1.3");
}

TEST_F(Tls, text_goes_both_ways) {
    connect();

    const std::size_t taken = client_->write_plaintext(wire::as_bytes("ping"));
    server_->write("pong");
    exchange();

    EXPECT_EQ(taken, 4u);
    EXPECT_EQ(server_->received(), "ping");
    EXPECT_EQ(received_, "pong");
}

TEST_F(Tls, bytes_may_come_one_at_a_time) {
    client_.emplace(url_);
    server_.emplace(server_options_);
    client_->handshake();
    exchange(1);

    server_->write("slowly");
    exchange(1);

    EXPECT_EQ(received_, "slowly");
}

TEST_F(Tls, large_content_is_taken_in_pieces_that_are_bounded) {
    connect();
    const std::string large(1 << 20, 'x');

    std::size_t taken = client_->write_plaintext(wire::as_bytes(large));
    const std::size_t first_pending = client_->pending_ciphertext().size();
    while (taken < large.size()) {
        exchange();
        taken += client_->write_plaintext(wire::as_bytes(large).subspan(taken));
    }
    exchange();

    EXPECT_LT(first_pending, 100000u);
    EXPECT_EQ(server_->received(), large);
}

TEST_F(Tls, nothing_is_taken_while_the_ciphertext_buffer_is_full) {
    connect();
    const std::string large(1 << 20, 'x');
    client_->write_plaintext(wire::as_bytes(large));

    EXPECT_EQ(client_->write_plaintext(wire::as_bytes(large)), 0u);
    EXPECT_EQ(client_->state(), TlsFilter::State::open);
}

TEST_F(Tls, a_server_of_another_name_is_refused) {
    url_.host = "other.example";

    connect();

    EXPECT_EQ(client_->state(), TlsFilter::State::failed);
    EXPECT_TRUE(
        contains(client_->failure(), "(CN = broker; DNS:broker.example, IP Address:127.0.0.1)"))
        << client_->failure();
    EXPECT_TRUE(contains(client_->failure(), "not for other.example")) << client_->failure();
    EXPECT_TRUE(server_->has_failed());
}

TEST_F(Tls, a_server_is_known_by_its_address_too) {
    url_.host = "127.0.0.1";
    connect();
    const auto right = client_->state();
    const std::string name_sent = server_->requested_server_name();
    url_.host = "127.0.0.2";
    connect();

    EXPECT_EQ(right, TlsFilter::State::open);
    EXPECT_EQ(name_sent, "");
    EXPECT_EQ(client_->state(), TlsFilter::State::failed);
}

TEST_F(Tls, a_name_inside_the_common_name_does_not_help_another_alternative_name) {
    server_options_.identity = authority_.issue("broker.example", "DNS:other.example");

    connect();

    EXPECT_EQ(client_->state(), TlsFilter::State::failed);
}

TEST_F(Tls, an_unknown_authority_is_refused_with_reason_and_hint) {
    server_options_.identity = Authority("Stranger").issue("broker", "DNS:broker.example");

    connect();

    EXPECT_EQ(client_->state(), TlsFilter::State::failed);
    EXPECT_TRUE(contains(client_->failure(), "unable to get local issuer certificate at depth 0"))
        << client_->failure();
    EXPECT_TRUE(contains(client_->failure(), "cacertfile")) << client_->failure();
}

TEST_F(Tls, an_intermediate_authority_alone_is_hinted_at) {
    const Authority intermediate("Middle", authority_);
    url_.cacertfile = folder_.write("middle.pem", intermediate.certificate());
    server_options_.identity = intermediate.issue("broker", "DNS:broker.example");

    connect();

    EXPECT_EQ(client_->state(), TlsFilter::State::failed);
    EXPECT_TRUE(contains(client_->failure(), "at depth 1 (CN = Middle)")) << client_->failure();
    EXPECT_TRUE(contains(client_->failure(), "add the certificates up to the root"))
        << client_->failure();
}

TEST_F(Tls, a_certificate_signed_with_sha1_is_called_too_weak) {
    server_options_.identity = authority_.issue_with_sha1("broker", "DNS:broker.example");

    connect();

    EXPECT_EQ(client_->state(), TlsFilter::State::failed);
    EXPECT_TRUE(contains(client_->failure(), "issue it again, signed with SHA-256"))
        << client_->failure();
    EXPECT_FALSE(contains(client_->failure(), "verify_none")) << client_->failure();
}

TEST_F(Tls, files_that_cannot_be_used_are_refused_before_anybody_connects) {
    const auto refusal = [this] {
        try {
            check_files(url_);
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), Errc::tls_failed);
            return std::string(error.what());
        }
        return std::string();
    };
    const test::Identity client = authority_.issue("the client", "");
    EXPECT_EQ(refusal(), "");
    url_.certfile = folder_.write("client.pem", client.certificate);

    url_.keyfile = folder_.path("missing.key");
    EXPECT_EQ(refusal(), "amqps://guest@broker.example:5672/: cannot use the keyfile " +
                             url_.keyfile + ": No such file or directory");
    url_.keyfile = folder_.write("other.key", authority_.issue("another", "").key);
    EXPECT_TRUE(contains(refusal(), "other.key: it is not the key of the certfile")) << refusal();
    url_.keyfile = folder_.write("secret.key", test::encrypted_key(client, "open sesame"));
    EXPECT_TRUE(contains(refusal(), "secret.key: it is protected by a passphrase")) << refusal();
    url_.keyfile = url_.certfile;
    EXPECT_TRUE(contains(refusal(), "client.pem: it does not contain what it should")) << refusal();
    url_.certfile = folder_.write("old.pem", authority_.issue_with_sha1("old", "").certificate);
    EXPECT_TRUE(contains(refusal(), "old.pem: ")) << refusal();
    EXPECT_TRUE(contains(refusal(), "signed with SHA-256")) << refusal();
    url_.is_tls = false;
    EXPECT_EQ(refusal(), "");
}

TEST_F(Tls, the_trust_store_of_the_system_does_not_know_our_authority) {
    url_.cacertfile.clear();

    connect();

    EXPECT_EQ(client_->state(), TlsFilter::State::failed);
}

TEST_F(Tls, an_expired_certificate_is_refused) {
    server_options_.identity = authority_.issue("broker", "DNS:broker.example", -60);

    connect();

    EXPECT_EQ(client_->state(), TlsFilter::State::failed);
    EXPECT_TRUE(contains(client_->failure(), "expired")) << client_->failure();
}

TEST_F(Tls, verify_none_accepts_anybody_and_still_sends_the_name) {
    server_options_.identity = Authority("Stranger").issue("whoever", "");
    url_.cacertfile.clear();
    url_.verify_peer = false;

    connect();

    EXPECT_EQ(client_->state(), TlsFilter::State::open) << client_->failure();
    EXPECT_EQ(server_->requested_server_name(), "broker.example");
}

TEST_F(Tls, the_server_name_indication_is_sent_and_looked_for) {
    url_.host = "10.1.2.3";
    url_.server_name_indication = "broker.example";

    connect();

    EXPECT_EQ(client_->state(), TlsFilter::State::open) << client_->failure();
    EXPECT_EQ(server_->requested_server_name(), "broker.example");
}

TEST_F(Tls, a_disabled_server_name_indication_sends_none_and_still_looks_for_the_host) {
    url_.server_name_indication = "disable";
    connect();
    const auto right = client_->state();
    const std::string name_sent = server_->requested_server_name();
    url_.host = "other.example";
    connect();

    EXPECT_EQ(right, TlsFilter::State::open);
    EXPECT_EQ(name_sent, "");
    EXPECT_EQ(client_->state(), TlsFilter::State::failed);
}

TEST_F(Tls, a_client_certificate_is_shown_when_asked_for) {
    server_options_.client_authority = authority_.certificate();
    const test::Identity client = authority_.issue("the client", "");
    url_.certfile = folder_.write("client.pem", client.certificate);
    url_.keyfile = folder_.write("client.key", client.key);

    connect();

    EXPECT_TRUE(server_->is_established());
    EXPECT_EQ(server_->client_common_name(), "the client");
}

TEST_F(Tls, the_key_may_be_in_the_certificate_file) {
    server_options_.client_authority = authority_.certificate();
    url_.certfile = folder_.write("client.pem", authority_.issue("the client", "").both());

    connect();

    EXPECT_EQ(server_->client_common_name(), "the client");
}

TEST_F(Tls, a_missing_client_certificate_is_hinted_at) {
    server_options_.client_authority = authority_.certificate();

    connect();

    EXPECT_EQ(client_->state(), TlsFilter::State::failed);
    EXPECT_TRUE(contains(client_->failure(), "certfile")) << client_->failure();
}

TEST_F(Tls, tls_1_2_is_enough) {
    server_options_.newest_version = TLS1_2_VERSION;

    connect();

    EXPECT_EQ(client_->state(), TlsFilter::State::open) << client_->failure();
}

TEST_F(Tls, tls_1_1_is_not_enough) {
    server_options_.newest_version = TLS1_1_VERSION;

    connect();

    EXPECT_EQ(client_->state(), TlsFilter::State::failed);
    EXPECT_TRUE(contains(client_->failure(), "TLS 1.2")) << client_->failure();
}

TEST_F(Tls, a_peer_that_speaks_something_else_is_hinted_at) {
    client_.emplace(url_);
    client_->handshake();

    client_->feed_ciphertext(wire::as_bytes(std::string_view("AMQP\0\0\x09\x01", 8)));
    client_->handshake();

    EXPECT_EQ(client_->state(), TlsFilter::State::failed);
    EXPECT_TRUE(contains(client_->failure(), "is it a TLS port?")) << client_->failure();
}

TEST_F(Tls, alerts_about_certificates_come_with_advice) {
    const auto failure_after = [this](char alert) {
        client_.emplace(url_);
        client_->handshake();
        const std::string record{'\x15', 3, 3, 0, 2, 2, alert};
        client_->feed_ciphertext(wire::as_bytes(std::string_view(record)));
        client_->handshake();
        return std::string(client_->failure());
    };

    EXPECT_TRUE(contains(failure_after(40), "signed with SHA-1")) << client_->failure();
    EXPECT_TRUE(contains(failure_after(71), "signed with SHA-1")) << client_->failure();
    EXPECT_TRUE(contains(failure_after(45), "has expired: renew it")) << client_->failure();
    EXPECT_TRUE(contains(failure_after(44), "or another one (certfile")) << client_->failure();
}

TEST_F(Tls, what_came_before_the_goodbye_of_the_peer_is_read_first) {
    connect();
    server_->write("last words");
    server_->close_notify();
    client_->feed_ciphertext(wire::as_bytes(server_->take_output()));

    read();

    EXPECT_EQ(received_, "last words");
    EXPECT_EQ(client_->state(), TlsFilter::State::closed);
}

TEST_F(Tls, our_goodbye_reaches_the_peer) {
    connect();

    client_->close_notify();
    exchange();

    EXPECT_TRUE(server_->is_closed_by_client());
}

TEST_F(Tls, a_forged_record_fails_the_connection) {
    connect();
    server_->write("genuine");
    std::string record = server_->take_output();
    record.back() = static_cast<char>(record.back() ^ 1);

    client_->feed_ciphertext(wire::as_bytes(record));
    read();

    EXPECT_EQ(received_, "");
    EXPECT_EQ(client_->state(), TlsFilter::State::failed);
}

TEST_F(Tls, an_unusable_file_is_named_with_the_reason) {
    url_.cacertfile = folder_.path("missing.pem");

    EXPECT_EQ(construction_error(),
              "cannot use the cacertfile " + url_.cacertfile + ": No such file or directory");
}

TEST_F(Tls, a_file_without_pem_is_named) {
    url_.certfile = folder_.write("client.pem", "nonsense");

    EXPECT_TRUE(contains(construction_error(), "cannot use the certfile " + url_.certfile))
        << construction_error();
}

TEST_F(Tls, a_key_of_another_certificate_is_named) {
    url_.certfile = folder_.write("client.pem", authority_.issue("a", "").certificate);
    url_.keyfile = folder_.write("client.key", authority_.issue("b", "").key);

    EXPECT_TRUE(
        contains(construction_error(), url_.keyfile + ": it is not the key of the certfile"))
        << construction_error();
}

TEST_F(Tls, a_key_with_a_passphrase_is_refused_without_asking_for_it) {
    const test::Identity client = authority_.issue("the client", "");
    url_.certfile = folder_.write("client.pem", client.certificate);
    url_.keyfile = folder_.write("client.key", test::encrypted_key(client, "swordfish"));

    EXPECT_TRUE(contains(construction_error(), "passphrase")) << construction_error();
}

}  // namespace
}  // namespace eventail::net
