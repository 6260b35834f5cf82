// SPDX-License-Identifier: MIT

#include <patio/tls/client_context.hpp>

#include <patio/core/errors.hpp>
#include <patio/testing/run.hpp>
#include <patio/tls/tls_error.hpp>
#include <patio/tls/tls_info.hpp>

#include "support/scratch.hpp"
#include "support/tls_pair.hpp"

#include <fstream>
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

void expect_good(const client_context& client, const server_context& server,
                 const std::string& host = "example.org") {
    patio::testing::run([&]() -> async<> {
        stream_pair pair = memory_streams();
        co_await start_both(pair, client, server, host);
        co_await pair.first.write("hello\n");
        const auto line = co_await pair.second.read_line();
        EXPECT_EQ(line, "hello");
        co_await close_both(pair);
    });
}

/// How the client and the server fail.
std::pair<failure, failure> failures(const client_context& client, const server_context& server,
                                     const std::string& host = "example.org") {
    std::pair<failure, failure> met;
    patio::testing::run([&]() -> async<> {
        stream_pair pair = memory_streams();
        auto [at_client, at_server] = co_await fail_both(pair, client, server, host);
        EXPECT_TRUE(pair.first.is_closed());
        met = {at_client, at_server};
    });
    return met;
}

server_context server_as(const certificate_request& what) {
    const identity made = test_authority().issue(what);
    return server_context{}.load_cert_chain_pem(made.certificate, made.key);
}

// --- verification

TEST(client_context, speaks_to_a_server_with_a_good_certificate) {
    expect_good(trusting_client(), example_server());
}

TEST(client_context, accepts_one_label_for_a_wildcard) {
    expect_good(trusting_client(), example_server(), "www.example.org");
    const auto [client, server] =
        failures(trusting_client(), example_server(), "a.www.example.org");
    EXPECT_EQ(client.code, patio::tls::errc::verify_failed);
}

TEST(client_context, accepts_names_whatever_their_case_and_with_the_root) {
    expect_good(trusting_client(), example_server(), "EXAMPLE.org.");
}

TEST(client_context, accepts_addresses_of_both_kinds) {
    expect_good(trusting_client(), example_server(), "127.0.0.1");
    expect_good(trusting_client(), example_server(), "::1");
}

TEST(client_context, refuses_the_certificate_of_another_host_and_says_for_whom_it_is) {
    const auto [client, server] =
        failures(trusting_client(), server_as(certificate_request{{"a.test", "b.test"}}));
    EXPECT_EQ(client.code, patio::tls::errc::verify_failed);
    EXPECT_EQ(client.what,
              "certificate verify failed: hostname mismatch for example.org (the certificate is "
              "for a.test, b.test)");
    EXPECT_EQ(server.code, patio::tls::errc::refused);
    EXPECT_THAT(server.what, HasSubstr("TLS handshake at a server"));
    EXPECT_THAT(server.what, HasSubstr("alert bad certificate"));
}

TEST(client_context, refuses_the_certificate_of_another_address) {
    const auto [client, server] = failures(trusting_client(), example_server(), "127.0.0.2");
    EXPECT_EQ(client.what,
              "certificate verify failed: IP address mismatch for 127.0.0.2 (the certificate is "
              "for example.org, *.example.org, 127.0.0.1, 0:0:0:0:0:0:0:1)");
}

TEST(client_context, does_not_take_a_common_name_for_a_host) {
    const auto [client, server] =
        failures(trusting_client(), server_as(certificate_request{{}}.common_name("example.org")));
    EXPECT_EQ(client.what,
              "certificate verify failed: hostname mismatch for example.org (the certificate is "
              "for no host)");
}

TEST(client_context, refuses_an_expired_certificate_and_says_which_one) {
    const auto [client, server] =
        failures(trusting_client(),
                 server_as(certificate_request{{"example.org"}}.expired().common_name("old one")));
    EXPECT_EQ(client.what,
              "certificate verify failed: certificate has expired for example.org (CN=old one)");
}

TEST(client_context, refuses_an_authority_that_it_does_not_know) {
    const authority stranger{"stranger"};
    const identity made = stranger.issue(certificate_request{{"example.org"}});
    const auto [client, server] = failures(
        trusting_client(), server_context{}.load_cert_chain_pem(made.certificate, made.key));
    EXPECT_EQ(client.what,
              "certificate verify failed: unable to get local issuer certificate for example.org "
              "(CN=patio test)");
}

TEST(client_context, trusts_only_the_systems_authorities_by_itself) {
    const auto [client, server] = failures(client_context{}, example_server());
    EXPECT_EQ(client.code, patio::tls::errc::verify_failed);
}

TEST(client_context, throws_an_error_that_names_check_and_host) {
    patio::testing::run([]() -> async<> {
        stream_pair pair = memory_streams();
        auto connect = [&]() -> async<> {
            try {
                co_await trusting_client().start(pair.first, "wrong.test");
                ADD_FAILURE() << "it did not fail";
            } catch (const patio::tls::certificate_error& refused) {
                EXPECT_STREQ(refused.reason(), "hostname mismatch");
                EXPECT_STREQ(refused.host(), "wrong.test");
            }
        };
        const server_context server = example_server();
        co_await patio::gather(connect(), failure_of(server.start(pair.second)));
    });
}

TEST(client_context, without_hostname_check_still_wants_a_known_authority) {
    client_context careless = trusting_client();
    careless.without_hostname_check();
    expect_good(careless, example_server(), "wrong.test");
    expect_good(careless, example_server(), "");
    const auto [client, server] =
        failures(client_context{}.without_hostname_check(), example_server());
    EXPECT_EQ(client.code, patio::tls::errc::verify_failed);
}

TEST(client_context, says_that_it_spoke_with_a_server_if_it_knows_no_name) {
    client_context careless;
    careless.without_hostname_check();
    const auto [refused, server] = failures(careless, example_server(), "");
    EXPECT_THAT(refused.what, HasSubstr("local issuer certificate for a server ("));
    careless.verify(verify_mode::none);
    const auto [alerted, without] = failures(careless, server_context{}, "");
    EXPECT_THAT(alerted.what, HasSubstr("TLS handshake with a server: "));
}

TEST(client_context, without_verification_takes_everything) {
    expect_good(client_context{}.verify(verify_mode::none), example_server(), "wrong.test");
}

TEST(client_context, must_know_the_host_that_it_verifies) {
    patio::testing::run([]() -> async<> {
        stream_pair pair = memory_streams();
        const client_context client;
        EXPECT_THROW(static_cast<void>(client.start(pair.first, "")), patio::usage_error);
        EXPECT_FALSE(pair.first.is_closed());
        co_return;
    });
}

TEST(client_context, loads_authorities_from_a_file_and_a_directory) {
    const scratch_directory directory;
    const std::string file = directory.path() + "/ca.pem";
    std::ofstream{file} << test_authority().pem();
    expect_good(client_context{}.load_verify_file(file), example_server());
    const std::string command = "openssl rehash " + directory.path();
    ASSERT_EQ(std::system(command.c_str()), 0);
    expect_good(client_context{}.load_verify_directory(directory.path()), example_server());
}

// --- settings

TEST(client_context, says_what_is_wrong_with_a_setting) {
    client_context context;
    const auto text_of = [](auto&& set) -> std::string {
        try {
            set();
        } catch (const patio::tls::tls_error& refused) {
            EXPECT_EQ(refused.code(), patio::tls::errc::bad_setting);
            return refused.what();
        }
        return "it did not fail";
    };
    EXPECT_EQ(text_of([&] { context.load_verify_pem("nonsense"); }),
              "loading certificates from the given text: no start line");
    EXPECT_EQ(text_of([&] { context.set_ciphers("NONSENSE"); }),
              "setting the ciphers \"NONSENSE\": no cipher match");
    EXPECT_THAT(text_of([&] { context.set_alpn_protocols({""}); }), HasSubstr("1 to 255 bytes"));
    const identity other = test_authority().issue(certificate_request{{"other.test"}});
    EXPECT_EQ(
        text_of([&] { context.load_cert_chain_pem(example_identity().certificate, other.key); }),
        "loading a certificate and its key from the given text: key values mismatch");
    try {
        context.load_cert_chain("/nowhere/cert.pem");
        ADD_FAILURE() << "it did not fail";
    } catch (const patio::error& missing) {
        EXPECT_EQ(missing.code(), std::errc::no_such_file_or_directory);
        EXPECT_THAT(missing.what(), HasSubstr("/nowhere/cert.pem"));
    }
}

TEST(client_context, refuses_a_server_below_its_minimum_version) {
    const auto [client, server] = failures(trusting_client().minimum_version(version::tls1_3),
                                           example_server().maximum_version(version::tls1_2));
    EXPECT_EQ(client.code, patio::tls::errc::refused);
    EXPECT_THAT(client.what, HasSubstr("TLS handshake with example.org: "));
    EXPECT_THAT(client.what, HasSubstr("protocol version"));
    EXPECT_EQ(server.code, patio::tls::errc::protocol_error);
}

TEST(client_context, offers_its_ciphers) {
    patio::testing::run([]() -> async<> {
        stream_pair pair = memory_streams();
        auto client = trusting_client();
        client.set_ciphersuites("TLS_CHACHA20_POLY1305_SHA256");
        co_await start_both(pair, client, example_server());
        EXPECT_EQ(info_of(pair.first)->cipher, "TLS_CHACHA20_POLY1305_SHA256");
        stream_pair old = memory_streams();
        client.maximum_version(version::tls1_2).set_ciphers("ECDHE-ECDSA-AES128-GCM-SHA256");
        co_await start_both(old, client, example_server());
        EXPECT_EQ(info_of(old.first)->version, "TLSv1.2");
        EXPECT_EQ(info_of(old.first)->cipher, "ECDHE-ECDSA-AES128-GCM-SHA256");
    });
}

// --- sessions

struct resumed {
    bool at_client;
    bool at_server;
};

/// Connects, lets the server's tickets come, and closes or only drops the streams.
async<resumed> connect_once(const client_context& client, const server_context& server,
                            std::string host, bool is_orderly = true) {
    stream_pair pair = memory_streams();
    co_await start_both(pair, client, server, std::move(host));
    co_await pair.second.write("x");
    const std::string ignored = co_await pair.first.read_some(1);
    const resumed how{info_of(pair.first)->is_resumed, info_of(pair.second)->is_resumed};
    EXPECT_EQ(info_of(pair.first)->peer_certificate->names.front(), "example.org");
    if (is_orderly) co_await close_both(pair);
    co_return how;
}

class client_sessions : public ::testing::TestWithParam<version> {};

TEST_P(client_sessions, are_taken_up_again_for_the_same_host_only) {
    patio::testing::run([]() -> async<> {
        const auto client = trusting_client().maximum_version(GetParam());
        const auto server = example_server();
        const resumed first = co_await connect_once(client, server, "example.org");
        EXPECT_FALSE(first.at_client);
        EXPECT_FALSE(first.at_server);
        const resumed second = co_await connect_once(client, server, "example.org");
        EXPECT_TRUE(second.at_client);
        EXPECT_TRUE(second.at_server);
        const resumed other = co_await connect_once(client, server, "www.example.org");
        EXPECT_FALSE(other.at_client);
        const resumed stranger = co_await connect_once(
            trusting_client().maximum_version(GetParam()), server, "example.org");
        EXPECT_FALSE(stranger.at_client);
    });
}

TEST_P(client_sessions, outlive_a_connection_that_was_cut) {
    patio::testing::run([]() -> async<> {
        const auto client = trusting_client().maximum_version(GetParam());
        const auto server = example_server();
        const resumed first = co_await connect_once(client, server, "example.org", false);
        EXPECT_FALSE(first.at_client);
        const resumed second = co_await connect_once(client, server, "example.org", false);
        EXPECT_TRUE(second.at_client);
    });
}

TEST_P(client_sessions, are_not_kept_if_there_is_no_room) {
    patio::testing::run([]() -> async<> {
        const auto client = trusting_client().maximum_version(GetParam()).sessions_max(0);
        const auto server = example_server();
        co_await connect_once(client, server, "example.org");
        const resumed second = co_await connect_once(client, server, "example.org");
        EXPECT_FALSE(second.at_client);
    });
}

TEST_P(client_sessions, start_from_nothing_with_a_server_that_gives_no_tickets) {
    patio::testing::run([]() -> async<> {
        const auto client = trusting_client().maximum_version(GetParam());
        const auto server = example_server().num_tickets(0);
        co_await connect_once(client, server, "example.org");
        const resumed second = co_await connect_once(client, server, "example.org");
        EXPECT_FALSE(second.at_client);
    });
}

TEST_P(client_sessions, start_from_nothing_with_a_server_that_has_forgotten_them) {
    patio::testing::run([]() -> async<> {
        const auto client = trusting_client().maximum_version(GetParam());
        co_await connect_once(client, example_server(), "example.org");
        const resumed second = co_await connect_once(client, example_server(), "example.org");
        EXPECT_FALSE(second.at_client);
    });
}

INSTANTIATE_TEST_SUITE_P(versions, client_sessions,
                         ::testing::Values(version::tls1_2, version::tls1_3), [](const auto& of) {
                             return of.param == version::tls1_2 ? "tls1_2" : "tls1_3";
                         });

}  // namespace
