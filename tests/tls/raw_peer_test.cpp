// SPDX-License-Identifier: MIT

// What only an unusual peer does: key updates, renegotiation, messages in pieces.

#include <patio/tls/tls.hpp>

#include <patio/core/sleep.hpp>
#include <patio/core/timeout.hpp>
#include <patio/testing/run.hpp>

#include "support/raw_tls_peer.hpp"
#include "support/tls_pair.hpp"

#include <chrono>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using patio::async;
using patio::testing::memory_options;
using patio::testing::memory_streams;
using patio::testing::stream_pair;
using patio::tls::version;
using namespace patio::test_support;

TEST(raw_peer, may_ask_for_new_keys) {
    patio::testing::run([]() -> async<> {
        stream_pair pair = memory_streams();
        raw_tls_peer peer{raw_tls_peer::side::server, pair.second, &example_identity(),
                          test_authority()};
        co_await patio::gather(trusting_client().start(pair.first, "example.org"),
                               peer.handshake());
        for (int round = 0; round < 3; ++round) {
            EXPECT_EQ(SSL_key_update(peer.ssl(), SSL_KEY_UPDATE_REQUESTED), 1);
            co_await peer.write("new keys");
            const std::string got = co_await pair.first.read_exactly(8);
            EXPECT_EQ(got, "new keys");
            co_await pair.first.write("yes");
            const std::string answer = co_await peer.read(3);
            EXPECT_EQ(answer, "yes");
            EXPECT_EQ(SSL_get_key_update_type(peer.ssl()), SSL_KEY_UPDATE_NONE);
        }
    });
}

TEST(raw_peer, that_asks_for_new_keys_without_end_must_take_the_answers) {
    patio::testing::run([]() -> async<> {
        stream_pair pair = memory_streams(memory_options{}.buffer_bytes(2000));
        raw_tls_peer peer{raw_tls_peer::side::server, pair.second, &example_identity(),
                          test_authority()};
        co_await patio::gather(trusting_client().start(pair.first, "example.org"),
                               peer.handshake());
        auto ask = [&]() -> async<> {
            for (int round = 0; round < 2000; ++round) {
                SSL_key_update(peer.ssl(), SSL_KEY_UPDATE_REQUESTED);
                co_await peer.write("x");
            }
        };
        auto read = [&]() -> async<> { co_await pair.first.read_exactly(2000); };
        auto both = patio::gather(ask(), read());
        const auto ended = co_await patio::move_on_after(1h, std::move(both));
        EXPECT_FALSE(ended.has_value());
    });
}

TEST(raw_peer, cannot_renegotiate) {
    patio::testing::run([]() -> async<> {
        stream_pair pair = memory_streams();
        raw_tls_peer peer{raw_tls_peer::side::client, pair.second, nullptr, test_authority()};
        SSL_set_max_proto_version(peer.ssl(), TLS1_2_VERSION);
        co_await patio::gather(example_server().start(pair.first), peer.handshake());
        EXPECT_EQ(SSL_renegotiate(peer.ssl()), 1);
        SSL_do_handshake(peer.ssl());
        co_await peer.send();
        auto read = [&]() -> async<> {  // the request is answered with an alert, not with a hello
            auto more = pair.first.read_some(1);
            co_await patio::move_on_after(1s, std::move(more));
            auto written = pair.first.write("still the same");
            co_await std::move(written);
        };
        co_await read();
        co_await peer.receive();
        char byte = 0;
        EXPECT_LE(SSL_read(peer.ssl(), &byte, 1), 0);
    });
}

TEST(raw_peer, may_leave_a_message_in_the_middle_while_others_write) {
    patio::testing::run([]() -> async<> {
        stream_pair pair = memory_streams();
        const identity alice = test_authority().issue(certificate_request{{}}.common_name("alice"));
        raw_tls_peer peer{raw_tls_peer::side::server, pair.second, &example_identity(),
                          test_authority()};
        SSL_set_verify(peer.ssl(), SSL_VERIFY_PEER, nullptr);
        SSL_set_num_tickets(peer.ssl(), 0);
        const auto client = trusting_client().load_cert_chain_pem(alice.certificate, alice.key);
        co_await patio::gather(client.start(pair.first, "example.org"), peer.handshake());
        // A ticket with the client's certificate in it is too long for records this short.
        SSL_set_max_send_fragment(peer.ssl(), 512);
        EXPECT_EQ(SSL_new_session_ticket(peer.ssl()), 1);
        EXPECT_EQ(SSL_do_handshake(peer.ssl()), 1);
        const std::string message = peer.take_output();
        EXPECT_GT(message.size(), 600U);
        co_await pair.second.write(message.substr(0, 560));
        bool is_written = false;
        auto read = [&]() -> async<> {
            const std::string got = co_await pair.first.read_exactly(4);
            EXPECT_EQ(got, "done");
        };
        auto write = [&]() -> async<> {
            co_await patio::sleep(1s);
            co_await pair.first.write("text");
            is_written = true;
        };
        auto complete = [&]() -> async<> {
            co_await patio::sleep(2s);
            EXPECT_FALSE(is_written);  // OpenSSL writes nothing in the middle of a message
            co_await pair.second.write(message.substr(560));
            const std::string text = co_await peer.read(4);
            EXPECT_EQ(text, "text");
            co_await peer.write("done");
        };
        co_await patio::gather(read(), write(), complete());
        EXPECT_TRUE(is_written);
    });
}

TEST(raw_peer, may_leave_a_message_in_the_middle_while_nobody_reads) {
    patio::testing::run([]() -> async<> {
        stream_pair pair = memory_streams();
        const identity alice = test_authority().issue(certificate_request{{}}.common_name("alice"));
        raw_tls_peer peer{raw_tls_peer::side::server, pair.second, &example_identity(),
                          test_authority()};
        SSL_set_verify(peer.ssl(), SSL_VERIFY_PEER, nullptr);
        SSL_set_num_tickets(peer.ssl(), 0);
        const auto client = trusting_client().load_cert_chain_pem(alice.certificate, alice.key);
        co_await patio::gather(client.start(pair.first, "example.org"), peer.handshake());
        SSL_set_max_send_fragment(peer.ssl(), 512);
        SSL_new_session_ticket(peer.ssl());
        SSL_do_handshake(peer.ssl());
        const std::string message = peer.take_output();
        co_await pair.second.write(message.substr(0, 560));
        auto reading = pair.first.read_some(1);  // takes half of the message, and is given up
        co_await patio::move_on_after(1s, std::move(reading));
        auto complete = [&]() -> async<> {
            co_await patio::sleep(1s);
            co_await pair.second.write(message.substr(560));
            const std::string text = co_await peer.read(4);
            EXPECT_EQ(text, "text");
            SSL_shutdown(peer.ssl());
            co_await peer.send();
        };
        auto write = [&]() -> async<> {
            co_await pair.first.write("text");
            co_await pair.first.close();
        };
        co_await patio::gather(write(), complete());
    });
}

}  // namespace
