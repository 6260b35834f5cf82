// SPDX-License-Identifier: MIT

#include <patio/tls/tls_info.hpp>

#include <patio/testing/run.hpp>

#include "support/tls_pair.hpp"

#include <optional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using patio::async;
using patio::testing::memory_streams;
using patio::testing::stream_pair;
using patio::tls::info_of;
using patio::tls::tls_info;
using ::testing::ElementsAre;
using namespace patio::test_support;

TEST(tls_info, tells_what_both_sides_have_agreed_upon) {
    patio::testing::run([]() -> async<> {
        stream_pair pair = memory_streams();
        co_await start_both(pair, trusting_client(), example_server());
        const std::optional<tls_info> client = info_of(pair.first);
        EXPECT_EQ(client->version, "TLSv1.3");
        EXPECT_EQ(client->cipher, "TLS_AES_256_GCM_SHA384");
        EXPECT_EQ(client->alpn, "");
        EXPECT_FALSE(client->is_resumed);
        EXPECT_EQ(client->peer_certificate->subject, "CN=patio test");
        EXPECT_EQ(client->peer_certificate->issuer, "CN=patio test authority");
        EXPECT_THAT(client->peer_certificate->names,
                    ElementsAre("example.org", "*.example.org", "127.0.0.1", "0:0:0:0:0:0:0:1"));
        EXPECT_EQ(client->peer_certificate->der.substr(0, 2), "\x30\x82");  // a long sequence
        const std::optional<tls_info> server = info_of(pair.second);
        EXPECT_EQ(server->version, "TLSv1.3");
        EXPECT_EQ(server->server_name, "example.org");
        EXPECT_FALSE(server->peer_certificate.has_value());
    });
}

TEST(tls_info, is_empty_without_encryption_and_after_the_end) {
    patio::testing::run([]() -> async<> {
        stream_pair pair = memory_streams();
        EXPECT_FALSE(info_of(pair.first).has_value());
        EXPECT_FALSE(info_of(patio::stream{}).has_value());
        co_await start_both(pair, trusting_client(), example_server());
        pair.first.abort();
        EXPECT_FALSE(info_of(pair.first).has_value());
    });
}

TEST(tls_info, tells_of_no_name_where_the_client_asked_for_an_address) {
    patio::testing::run([]() -> async<> {
        stream_pair pair = memory_streams();
        co_await start_both(pair, trusting_client(), example_server(), "127.0.0.1");
        EXPECT_EQ(info_of(pair.second)->server_name, "");
    });
}

}  // namespace
