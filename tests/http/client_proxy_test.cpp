// SPDX-License-Identifier: MIT

#include "http/proxies.hpp"
#include "support/scripted_server.hpp"
#include "support/tls_pair.hpp"

#include <patio/http/client.hpp>
#include <patio/patio.hpp>
#include <patio/testing/run.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

namespace {

using patio::async;
using patio::http::client;
using patio::http::request_error;
using patio::http::response;
using patio::http::url;
using patio::test_support::ok;
using patio::test_support::read_request;
using patio::test_support::scripted_server;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

/// Sets a variable of the environment for a while.
class variable {
public:
    variable(const char* name, const char* value) : name_{name} { ::setenv(name, value, 1); }
    variable(const variable&) = delete;
    variable& operator=(const variable&) = delete;
    ~variable() { ::unsetenv(name_); }

private:
    const char* name_;
};

/// An answer to everything, behind TLS.
async<> serve_encrypted(patio::stream& peer) {
    const auto context = patio::test_support::example_server();
    auto greeting = context.start(peer, {});
    co_await std::move(greeting);
    for (;;) {
        const std::string request = co_await read_request(peer);
        if (request.empty()) co_return;
        co_await peer.write(ok(request));
    }
}

async<> serve_tunnel(patio::stream& peer, std::string& asked, std::string answer) {
    asked = co_await read_request(peer);
    co_await peer.write(answer);
    if (answer.find(" 200 ") == std::string::npos) co_return;
    auto serving = serve_encrypted(peer);
    co_await std::move(serving);
}

TEST(client_proxy, is_asked_for_whole_urls_of_http) {
    scripted_server server;
    server.on_connection({ok("a"), ok("b")});
    patio::testing::run([&]() -> async<> {
        client asking{server.options().proxy("http://us%65r:pw@proxy:3128")};
        (void)co_await asking.get("http://u:p@h/x?y#z");
        (void)co_await asking.get("http://other:81/");
    });
    EXPECT_THAT(server.opened, ElementsAre("proxy:3128"));
    EXPECT_THAT(server.requests[0],
                AllOf(StartsWith("GET http://h/x?y HTTP/1.1\r\nHost: h\r\n"),
                      HasSubstr("Proxy-Authorization: Basic dXNlcjpwdw==\r\n")));
    EXPECT_THAT(server.requests[1], StartsWith("GET http://other:81/ HTTP/1.1\r\n"));
}

TEST(client_proxy, is_asked_for_a_tunnel_for_https) {
    const auto trusting = patio::test_support::trusting_client();
    scripted_server server;
    std::string asked;
    server.on_connection([&](patio::stream& peer) {
        return serve_tunnel(peer, asked, "HTTP/1.1 200 Connected\r\n\r\n");
    });
    patio::testing::run([&]() -> async<> {
        client asking{server.options().proxy("http://user:pw@proxy").tls(trusting)};
        for (int i = 0; i < 2; ++i) {
            response answer = co_await asking.get("https://example.org/x");
            const std::string seen = co_await answer.text();
            EXPECT_THAT(seen, AllOf(StartsWith("GET /x HTTP/1.1\r\nHost: example.org\r\n"),
                                    Not(HasSubstr("Proxy"))));
        }
        EXPECT_EQ(asking.idle_connection_count(), 1U);
    });
    EXPECT_THAT(server.opened, ElementsAre("proxy:80"));
    EXPECT_THAT(asked, AllOf(StartsWith("CONNECT example.org:443 HTTP/1.1\r\n"),
                             HasSubstr("Proxy-Authorization: Basic dXNlcjpwdw==\r\n")));
}

TEST(client_proxy, may_refuse) {
    scripted_server server;
    std::string asked;
    server.on_connection([&](patio::stream& peer) {
        return serve_tunnel(peer, asked, "HTTP/1.1 407 Who are you\r\nContent-Length: 0\r\n\r\n");
    });
    patio::testing::run([&]() -> async<> {
        client asking{server.options().proxy("http://proxy")};
        try {
            (void)co_await asking.get("https://example.org/x");
            ADD_FAILURE();
        } catch (const request_error& thrown) {
            EXPECT_EQ(thrown.code(), patio::errc::refused);
            EXPECT_THAT(thrown.what(), HasSubstr("connecting: the proxy gives no tunnel: 407 Who"));
        }
        EXPECT_EQ(asking.connection_count(), 0U);
    });
}

TEST(client_proxy, gives_tunnels_to_who_asks_for_one) {
    scripted_server server;
    server.on_connection([](patio::stream& peer) -> async<> {
        const std::string asked = co_await read_request(peer);
        EXPECT_THAT(asked, StartsWith("CONNECT inner:99 HTTP/1.1\r\nHost: inner:99\r\n"));
        co_await peer.write("HTTP/1.1 200 OK\r\n\r\nhello\n");
        co_await peer.read_all();
    });
    patio::testing::run([&]() -> async<> {
        client asking{server.options().proxy("http://proxy")};
        response answer = co_await asking.send(patio::http::request{"CONNECT", "http://inner:99"});
        patio::stream line = answer.take_connection();
        const auto said = co_await line.read_line();
        EXPECT_EQ(said, "hello");
    });
    EXPECT_THAT(server.opened, ElementsAre("proxy:80"));
}

TEST(client_proxy, is_what_the_environment_says) {
    const variable plain{"http_proxy", "one:1"};
    const variable secure{"HTTPS_PROXY", "http://two:2"};
    const variable exempt{"no_proxy", "localhost, .inner.org"};
    scripted_server server;
    server.on_connection({ok("")}).on_connection({ok("")});
    patio::testing::run([&]() -> async<> {
        client asking{patio::http::client_options{}.connector(server.connector())};
        (void)co_await asking.get("http://h/");
        (void)co_await asking.get("http://x.inner.org/");
        auto secret = patio::as_outcome(asking.get("https://h/"));
        (void)co_await std::move(secret);
    });
    EXPECT_THAT(server.opened, ElementsAre("one:1", "x.inner.org:80", "two:2"));
}

TEST(client_proxy, refuses_proxies_of_other_kinds) {
    EXPECT_THROW(patio::http::client_options{}.proxy("socks5://h"), patio::error);
    const variable all{"all_proxy", "socks5://h"};
    EXPECT_THROW(client{}, patio::error);
}

TEST(client_proxy, is_not_asked_for_exempt_hosts) {
    using patio::http::detail::is_exempt;
    const auto at = [](const char* text) { return url::parse(text); };
    EXPECT_TRUE(is_exempt("a.org", at("http://a.org/")));
    EXPECT_TRUE(is_exempt("a.org", at("http://b.a.org/")));
    EXPECT_TRUE(is_exempt(".A.org", at("http://b.a.org/")));
    EXPECT_TRUE(is_exempt("*.a.org", at("http://b.a.org/")));
    EXPECT_FALSE(is_exempt("a.org", at("http://ba.org/")));
    EXPECT_FALSE(is_exempt("b.a.org", at("http://a.org/")));
    EXPECT_TRUE(is_exempt("x,*", at("http://a.org/")));
    EXPECT_TRUE(is_exempt("a.org:8080", at("http://a.org:8080/")));
    EXPECT_FALSE(is_exempt("a.org:8080", at("http://a.org/")));
    EXPECT_TRUE(is_exempt("192.0.2.1", at("http://192.0.2.1/")));
    EXPECT_FALSE(is_exempt("2.1", at("http://192.0.2.1/")));
    EXPECT_TRUE(is_exempt("::1", at("http://[::1]/")));
    EXPECT_TRUE(is_exempt("[::1]:80", at("http://[::1]/")));
    EXPECT_FALSE(is_exempt("", at("http://a.org/")));
}

// --- TLS

TEST(client_tls, asks_behind_tls_and_keeps_the_connection) {
    const auto trusting = patio::test_support::trusting_client();
    scripted_server server;
    server.on_connection(serve_encrypted);
    patio::testing::run([&]() -> async<> {
        client asking{server.options().tls(trusting)};
        for (int i = 0; i < 3; ++i) {
            response answer = co_await asking.get("https://example.org/");
            (void)co_await answer.text();
        }
    });
    EXPECT_THAT(server.opened, ElementsAre("example.org:443"));
}

TEST(client_tls, does_not_use_a_connection_that_the_server_has_ended) {
    const auto trusting = patio::test_support::trusting_client();
    scripted_server server;
    for (int i = 0; i < 2; ++i) {
        server.on_connection([](patio::stream& peer) -> async<> {
            const auto context = patio::test_support::example_server();
            auto greeting = context.start(peer, {});
            co_await std::move(greeting);
            (void)co_await read_request(peer);
            co_await peer.write(ok("x"));
            co_await peer.close();
        });
    }
    patio::testing::run([&]() -> async<> {
        client asking{server.options().tls(trusting)};
        for (int i = 0; i < 2; ++i) {
            response answer = co_await asking.post("https://example.org/", "only once");
            EXPECT_EQ(answer.status(), 200);
            co_await patio::sleep(patio::duration::seconds(1));
        }
    });
    EXPECT_EQ(server.opened.size(), 2U);
}

TEST(client_tls, trusts_no_stranger) {
    const patio::tls::client_context doubting;
    scripted_server server;
    server.on_connection(serve_encrypted).on_connection(serve_encrypted);
    const auto trusting = patio::test_support::trusting_client();
    patio::testing::run([&]() -> async<> {
        for (const bool is_known : {false, true}) {
            client asking{server.options().tls(is_known ? trusting : doubting)};
            try {
                (void)co_await asking.get(is_known ? "https://other.net/" : "https://example.org/");
                ADD_FAILURE();
            } catch (const request_error& thrown) {
                EXPECT_EQ(thrown.phase(), patio::http::request_phase::handshake);
            }
            EXPECT_EQ(asking.connection_count(), 0U);
        }
    });
}

TEST(client_tls, is_not_left_for_a_redirect_unless_that_is_allowed) {
    const auto trusting = patio::test_support::trusting_client();
    const auto redirecting = [](patio::stream& peer) -> async<> {
        const auto context = patio::test_support::example_server();
        auto greeting = context.start(peer, {});
        co_await std::move(greeting);
        (void)co_await read_request(peer);
        co_await peer.write(patio::test_support::redirect(302, "http://example.org/"));
        co_await peer.read_all();
    };
    scripted_server server;
    server.on_connection(redirecting).on_connection(redirecting).on_connection({ok("x")});
    patio::testing::run([&]() -> async<> {
        client strict{server.options().tls(trusting)};
        try {
            (void)co_await strict.get("https://example.org/");
            ADD_FAILURE();
        } catch (const request_error& thrown) {
            EXPECT_EQ(thrown.code(), std::errc::permission_denied);
        }
        client lax{server.options().tls(trusting).allow_downgrade()};
        response answer = co_await lax.get("https://example.org/");
        EXPECT_EQ(answer.url().scheme(), "http");
    });
}

}  // namespace
