// SPDX-License-Identifier: MIT

#include <patio/tls/server_context.hpp>

#include <patio/testing/run.hpp>
#include <patio/tls/tls_error.hpp>
#include <patio/tls/tls_info.hpp>

#include "support/tls_pair.hpp"

#include <optional>
#include <stdexcept>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using patio::async;
using patio::testing::memory_streams;
using patio::testing::stream_pair;
using patio::tls::client_context;
using patio::tls::info_of;
using patio::tls::server_context;
using patio::tls::verify_mode;
using patio::tls::version;
using ::testing::HasSubstr;
using namespace patio::test_support;

server_context server_for(const std::string& name) {
    const identity made = test_authority().issue(certificate_request{{name}}.common_name(name));
    return server_context{}.load_cert_chain_pem(made.certificate, made.key);
}

/// Whose certificate a client that asks for `host` is shown.
std::string shown_for(const server_context& server, const std::string& host) {
    std::string subject;
    patio::testing::run([&]() -> async<> {
        stream_pair pair = memory_streams();
        co_await start_both(pair, client_context{}.verify(verify_mode::none), server, host);
        subject = info_of(pair.first)->peer_certificate->subject;
    });
    return subject;
}

TEST(server_context, chooses_its_certificate_by_the_name_that_is_asked_for) {
    auto server = server_for("main.test");
    server.add_name("One.test", server_for("one.test"))
        .add_name("*.wild.test", server_for("*.wild.test"));
    EXPECT_EQ(shown_for(server, "one.test"), "CN=one.test");
    EXPECT_EQ(shown_for(server, "ONE.TEST"), "CN=one.test");
    EXPECT_EQ(shown_for(server, "a.wild.test"), "CN=*.wild.test");
    EXPECT_EQ(shown_for(server, "a.b.wild.test"), "CN=main.test");
    EXPECT_EQ(shown_for(server, "unknown.test"), "CN=main.test");
    EXPECT_EQ(shown_for(server, "127.0.0.1"), "CN=main.test");
    EXPECT_EQ(shown_for(server, ""), "CN=main.test");
}

TEST(server_context, asks_a_function_for_names_that_were_not_added) {
    auto server = server_for("main.test");
    const auto called = server_for("called.test");
    std::string asked;
    server.add_name("added.test", server_for("added.test"));
    server.sni_callback([&](const std::string& name) -> std::optional<server_context> {
        asked += name + ";";
        if (name == "called.test") return called;
        return std::nullopt;
    });
    EXPECT_EQ(shown_for(server, "added.test"), "CN=added.test");
    EXPECT_EQ(shown_for(server, "called.test"), "CN=called.test");
    EXPECT_EQ(shown_for(server, "other.test"), "CN=main.test");
    EXPECT_EQ(asked, "called.test;other.test;");
}

TEST(server_context, ends_the_handshake_with_what_its_function_throws) {
    patio::testing::run([]() -> async<> {
        auto server = server_for("main.test");
        server.sni_callback([](const std::string&) -> std::optional<server_context> {
            throw std::runtime_error{"no such table"};
        });
        stream_pair pair = memory_streams();
        auto serve = [&]() -> async<> {
            try {
                co_await server.start(pair.second);
                ADD_FAILURE() << "it did not fail";
            } catch (const std::runtime_error& thrown) {
                EXPECT_STREQ(thrown.what(), "no such table");
            }
        };
        auto [at_server, at_client] = co_await patio::gather(
            failure_of(serve()), failure_of(trusting_client().start(pair.first, "x.test")));
        EXPECT_EQ(at_client.code, patio::tls::errc::refused);
        EXPECT_THAT(at_client.what, HasSubstr("internal error"));
    });
}

TEST(server_context, needs_a_certificate) {
    patio::testing::run([]() -> async<> {
        stream_pair pair = memory_streams();
        auto [client, server] = co_await fail_both(pair, trusting_client(), server_context{});
        EXPECT_EQ(server.code, patio::tls::errc::protocol_error);
        EXPECT_EQ(client.code, patio::tls::errc::refused);
    });
}

TEST(server_context, takes_its_own_first_choice_of_application_protocols) {
    patio::testing::run([]() -> async<> {
        stream_pair pair = memory_streams();
        const auto client = trusting_client().set_alpn_protocols({"http/1.1", "h2", "x"});
        const auto server = example_server().set_alpn_protocols({"y", "h2", "http/1.1"});
        co_await start_both(pair, client, server);
        EXPECT_EQ(info_of(pair.first)->alpn, "h2");
        EXPECT_EQ(info_of(pair.second)->alpn, "h2");
    });
}

TEST(server_context, refuses_a_client_without_a_common_application_protocol) {
    patio::testing::run([]() -> async<> {
        stream_pair pair = memory_streams();
        const auto wants_a = trusting_client().set_alpn_protocols({"a"});
        const auto has_b = example_server().set_alpn_protocols({"b"});
        auto [client, server] = co_await fail_both(pair, wants_a, has_b);
        EXPECT_EQ(client.code, patio::tls::errc::refused);
        EXPECT_THAT(client.what, HasSubstr("no application protocol"));
        EXPECT_EQ(server.code, patio::tls::errc::protocol_error);
    });
}

TEST(server_context, agrees_on_no_application_protocol_with_a_client_that_offers_none) {
    patio::testing::run([]() -> async<> {
        stream_pair pair = memory_streams();
        const auto has_b = example_server().set_alpn_protocols({"b"});
        co_await start_both(pair, trusting_client(), has_b);
        EXPECT_EQ(info_of(pair.first)->alpn, "");
        stream_pair other = memory_streams();
        const auto wants_a = trusting_client().set_alpn_protocols({"a"});
        co_await start_both(other, wants_a, example_server());
        EXPECT_EQ(info_of(other.second)->alpn, "");
    });
}

TEST(server_context, offers_the_application_protocols_of_the_context_that_it_shows) {
    patio::testing::run([]() -> async<> {
        stream_pair pair = memory_streams();
        const auto client = trusting_client().set_alpn_protocols({"main", "other"});
        auto server = server_for("main.test").set_alpn_protocols({"main"});
        server.add_name("example.org", example_server().set_alpn_protocols({"other"}));
        co_await start_both(pair, client, server);
        EXPECT_EQ(info_of(pair.first)->alpn, "other");
    });
}

// --- certificates of clients

server_context demanding_server(verify_mode mode = verify_mode::required) {
    return example_server().load_verify_pem(test_authority().pem()).verify(mode);
}

TEST(server_context, verifies_the_certificate_of_a_client) {
    patio::testing::run([]() -> async<> {
        const identity alice = test_authority().issue(certificate_request{{}}.common_name("alice"));
        stream_pair pair = memory_streams();
        const auto client = trusting_client().load_cert_chain_pem(alice.certificate, alice.key);
        co_await start_both(pair, client, demanding_server());
        EXPECT_EQ(info_of(pair.second)->peer_certificate->subject, "CN=alice");
    });
}

TEST(server_context, refuses_a_client_without_a_certificate) {
    for (const version highest : {version::tls1_2, version::tls1_3}) {
        patio::testing::run([&]() -> async<> {
            stream_pair pair = memory_streams();
            const auto client = trusting_client().maximum_version(highest);
            const auto server = demanding_server();
            auto connect = [&]() -> async<> {  // with TLS 1.3 it only hears of it when it reads
                co_await client.start(pair.first, "example.org");
                const std::string none = co_await pair.first.read_some(1);
            };
            auto [at_client, at_server] = co_await patio::gather(
                failure_of(connect()), failure_of(server.start(pair.second)));
            EXPECT_EQ(at_client.code, patio::tls::errc::refused) << at_client.what;
            EXPECT_THAT(at_server.what, HasSubstr("peer did not return a certificate"));
        });
    }
}

TEST(server_context, refuses_a_client_whose_certificate_fails_a_check) {
    patio::testing::run([]() -> async<> {
        const identity late =
            test_authority().issue(certificate_request{{}}.common_name("late").expired());
        stream_pair pair = memory_streams();
        const auto client = trusting_client().load_cert_chain_pem(late.certificate, late.key);
        const auto server = demanding_server(verify_mode::optional);
        auto [at_client, at_server] =
            co_await patio::gather(failure_of(client.start(pair.first, "example.org")),
                                   failure_of(server.start(pair.second)));
        EXPECT_EQ(at_server.what,
                  "certificate verify failed: certificate has expired for a client (CN=late)");
    });
}

TEST(server_context, lets_clients_have_no_certificate_if_it_is_optional) {
    patio::testing::run([]() -> async<> {
        stream_pair pair = memory_streams();
        co_await start_both(pair, trusting_client(), demanding_server(verify_mode::optional));
        EXPECT_FALSE(info_of(pair.second)->peer_certificate.has_value());
    });
}

TEST(server_context, loads_an_encrypted_key_with_its_password_and_never_asks_for_one) {
    const identity& one = example_identity();
    EXPECT_NO_THROW(
        server_context{}.load_cert_chain_pem(one.certificate, one.encrypted_key("pw"), "pw"));
    EXPECT_THROW(server_context{}.load_cert_chain_pem(one.certificate, one.encrypted_key("pw")),
                 patio::tls::tls_error);
    EXPECT_THROW(
        server_context{}.load_cert_chain_pem(one.certificate, one.encrypted_key("pw"), "wrong"),
        patio::tls::tls_error);
}

}  // namespace
