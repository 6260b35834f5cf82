// SPDX-License-Identifier: MIT

#include <patio/http/client.hpp>

#include "support/scripted_server.hpp"

#include <patio/core/sleep.hpp>
#include <patio/http/form.hpp>
#include <patio/testing/run.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace {

using namespace std::chrono_literals;
using patio::async;
using patio::http::client;
using patio::http::client_options;
using patio::http::content;
using patio::http::headers;
using patio::http::request;
using patio::http::request_error;
using patio::http::request_phase;
using patio::http::response;
using patio::test_support::ok;
using patio::test_support::redirect;
using patio::test_support::scripted_server;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

/// What a request fails with; nothing that was thrown is an empty message.
struct failure {
    std::string what;
    std::error_code code;
    request_phase phase = request_phase::reading;
};
async<failure> failure_of(async<response> asking) {
    failure met;
    try {
        (void)co_await std::move(asking);
    } catch (const request_error& thrown) {
        met = {thrown.what(), thrown.code(), thrown.phase()};
    }
    co_return met;
}

// --- asking

TEST(client, gets_a_response_with_its_body) {
    scripted_server server;
    server.on_connection({ok("hello", "X-Kind: test\r\n")});
    patio::testing::run([&]() -> async<> {
        client asking{server.options()};
        response answer = co_await asking.get("http://example.org/a/b?c=d#e");
        EXPECT_EQ(answer.status(), 200);
        EXPECT_TRUE(answer.ok());
        EXPECT_EQ(answer.header("x-kind"), "test");
        EXPECT_EQ(answer.url().href(), "http://example.org/a/b?c=d#e");
        const std::string text = co_await answer.text();
        EXPECT_EQ(text, "hello");
    });
    EXPECT_THAT(server.opened, ElementsAre("example.org:80"));
    EXPECT_EQ(server.requests[0],
              "GET /a/b?c=d HTTP/1.1\r\nHost: example.org\r\nUser-Agent: patio/0.1\r\n"
              "Accept: */*\r\nAccept-Encoding: gzip, deflate, br, zstd\r\n\r\n");
}

TEST(client, sends_what_each_method_carries) {
    scripted_server server;
    server.on_connection({ok(""), ok(""), ok(""), ok(""), ok("")});
    patio::testing::run([&]() -> async<> {
        client asking{server.options().base_url("http://h/v1/")};
        (void)co_await asking.post("a", "text");
        (void)co_await asking.put("b", content::json("{}"));
        (void)co_await asking.patch("c");
        (void)co_await asking.del("/d");
        auto fields = patio::http::form{}.add("a", "1 2").add("b", "&");
        (void)co_await asking.post("e", fields, headers{"X-A", "b"});
    });
    const auto& sent = server.requests;
    ASSERT_EQ(sent.size(), 5U);
    EXPECT_THAT(sent[0], AllOf(StartsWith("POST /v1/a "), HasSubstr("\r\nContent-Length: 4\r\n"),
                               HasSubstr("\r\n\r\ntext")));
    EXPECT_THAT(sent[1], AllOf(StartsWith("PUT /v1/b "), HasSubstr("\r\n\r\n{}"),
                               HasSubstr("Content-Type: application/json\r\n")));
    EXPECT_THAT(sent[2], AllOf(StartsWith("PATCH /v1/c "), HasSubstr("Content-Length: 0\r\n")));
    EXPECT_THAT(sent[3], AllOf(StartsWith("DELETE /d "), Not(HasSubstr("Content-Length"))));
    EXPECT_THAT(sent[4], AllOf(HasSubstr("Content-Type: application/x-www-form-urlencoded\r\n"),
                               HasSubstr("X-A: b\r\n"), HasSubstr("\r\n\r\na=1+2&b=%26")));
}

TEST(client, adds_its_own_fields_where_the_request_has_none) {
    scripted_server server;
    server.on_connection({ok(""), ok("")});
    patio::testing::run([&]() -> async<> {
        client asking{server.options().header("Accept", "text/html").basic_auth("u", "p:w")};
        (void)co_await asking.get("http://h/");
        (void)co_await asking.get("http://h/", headers{"Authorization", "x"}.set("accept", "y"));
    });
    EXPECT_THAT(server.requests[0],
                AllOf(HasSubstr("Accept: text/html\r\n"), Not(HasSubstr("Accept: */*")),
                      HasSubstr("Authorization: Basic dTpwOnc=\r\n")));
    EXPECT_THAT(server.requests[1], AllOf(HasSubstr("Authorization: x\r\naccept: y\r\n"),
                                          Not(HasSubstr("Basic")), Not(HasSubstr("text/html"))));
}

TEST(client, takes_user_and_password_out_of_the_url) {
    scripted_server server;
    server.on_connection({ok("")});
    patio::testing::run([&]() -> async<> {
        client asking{server.options()};
        (void)co_await asking.get("http://a%20b:c@h/");
    });
    EXPECT_THAT(server.requests[0],
                AllOf(HasSubstr("Host: h\r\n"), HasSubstr("Authorization: Basic YSBiOmM=\r\n")));
}

TEST(client, reads_heads_without_bodies) {
    scripted_server server;
    server.on_connection({"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n",
                          "HTTP/1.1 204 No Content\r\n\r\n",
                          "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", ok("last")});
    patio::testing::run([&]() -> async<> {
        client asking{server.options()};
        response answer = co_await asking.head("http://h/");
        EXPECT_EQ(answer.header("Content-Length"), "7");
        EXPECT_FALSE(answer.body().has_value());
        answer = co_await asking.get("http://h/");
        EXPECT_EQ(answer.status(), 204);
        answer = co_await asking.get("http://h/");
        EXPECT_EQ(answer.status(), 304);
        answer = co_await asking.get("http://h/");
        const std::string text = co_await answer.text();
        EXPECT_EQ(text, "last");
    });
    EXPECT_EQ(server.opened.size(), 1U);
}

TEST(client, skips_interim_responses) {
    scripted_server server;
    server.on_connection({"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + ok("x")});
    patio::testing::run([&]() -> async<> {
        client asking{server.options()};
        response answer = co_await asking.get("http://h/");
        EXPECT_EQ(answer.status(), 200);
        EXPECT_FALSE(answer.header("Link").has_value());
    });
}

TEST(client, reads_bodies_that_end_with_the_connection) {
    scripted_server server;
    server.on_connection([](patio::stream& peer) -> async<> {
        co_await patio::test_support::read_request(peer);
        co_await peer.write("HTTP/1.0 200 OK\r\n\r\nuntil ");
        co_await patio::sleep(1s);
        co_await peer.write("the end");
    });
    patio::testing::run([&]() -> async<> {
        client asking{server.options()};
        response answer = co_await asking.get("http://h/");
        const std::string text = co_await answer.text();
        EXPECT_EQ(text, "until the end");
        EXPECT_EQ(asking.connection_count(), 0U);
    });
}

TEST(client, gives_trailers_behind_a_chunked_body) {
    scripted_server server;
    server.on_connection(
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
         "3\r\nabc\r\n0\r\nX-Sum: 6\r\n\r\n"});
    patio::testing::run([&]() -> async<> {
        client asking{server.options()};
        response answer = co_await asking.get("http://h/");
        EXPECT_EQ(answer.body().trailers(), nullptr);
        const std::string text = co_await answer.text();
        EXPECT_EQ(text, "abc");
        const headers* behind = answer.body().trailers();
        EXPECT_TRUE(behind != nullptr && behind->get("x-sum") == "6");
        EXPECT_EQ(asking.idle_connection_count(), 1U);
    });
}

TEST(client, says_what_was_asked_when_a_status_is_raised) {
    scripted_server server;
    server.on_connection({"HTTP/1.1 404 Nope\r\nContent-Length: 0\r\n\r\n"});
    patio::testing::run([&]() -> async<> {
        client asking{server.options()};
        response answer = co_await asking.get("http://u:secret@h/x?token=1");
        try {
            answer.raise_for_status();
            ADD_FAILURE();
        } catch (const patio::http::status_error& thrown) {
            EXPECT_THAT(thrown.what(), AllOf(HasSubstr("GET http://h/x"), HasSubstr("404 Nope"),
                                             Not(HasSubstr("secret")), Not(HasSubstr("token"))));
        }
    });
}

TEST(client, hands_over_a_connection_that_has_switched_protocols) {
    scripted_server server;
    server.on_connection([](patio::stream& peer) -> async<> {
        co_await patio::test_support::read_request(peer);
        co_await peer.write(
            "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n"
            "Upgrade: echo\r\n\r\nearly ");
        const auto line = co_await peer.read_line();
        co_await peer.write(line.value_or("") + "\n");
    });
    patio::testing::run([&]() -> async<> {
        client asking{server.options()};
        response answer = co_await asking.get(
            "http://h/", headers{"Connection", "Upgrade"}.set("Upgrade", "echo"));
        EXPECT_EQ(answer.status(), 101);
        patio::stream line = answer.take_connection();
        EXPECT_EQ(asking.connection_count(), 0U);
        co_await line.write("hello\n");
        const auto echoed = co_await line.read_line();
        EXPECT_EQ(echoed, "early hello");
    });
}

TEST(client, refuses_urls_that_it_cannot_ask_for) {
    patio::testing::run([]() -> async<> {
        client asking;
        EXPECT_THROW((void)asking.get("nonsense"), patio::error);
        auto getting = asking.get("ftp://h/");
        try {
            (void)co_await std::move(getting);
            ADD_FAILURE();
        } catch (const patio::error& thrown) {
            EXPECT_EQ(thrown.code(), patio::errc::unsupported);
        }
    });
}

// --- failures

TEST(client, tells_who_where_and_how_long_when_there_is_no_answer) {
    scripted_server server;
    server.on_connection({scripted_server::silence});
    patio::testing::run([&]() -> async<> {
        client asking{server.options().response_timeout(2s)};
        const failure met = co_await failure_of(asking.get("http://u:p@h:81/x?y#z"));
        EXPECT_EQ(met.what,
                  "GET http://h:81/x?…: waiting for the response: timed out, response_timeout "
                  "(after 2.0 s)");
        EXPECT_EQ(met.code, std::errc::timed_out);
        EXPECT_EQ(met.phase, request_phase::waiting);
        EXPECT_EQ(asking.connection_count(), 0U);
    });
}

TEST(client, tells_that_it_could_not_connect) {
    scripted_server server;
    patio::testing::run([&]() -> async<> {
        client asking{server.options()};
        const failure met = co_await failure_of(asking.get("http://h/"));
        EXPECT_EQ(met.code, std::errc::connection_refused);
        EXPECT_EQ(met.phase, request_phase::connecting);
        EXPECT_EQ(asking.connection_count(), 0U);
    });
}

TEST(client, gives_up_a_connection_that_does_not_come) {
    patio::testing::run([]() -> async<> {
        const auto never = [](std::string, std::uint16_t) -> async<patio::stream> {
            co_await patio::sleep(1h);
            co_return patio::stream{};
        };
        client asking{client_options{}.without_proxy().connector(never).connect_timeout(3s)};
        const failure met = co_await failure_of(asking.get("http://h/"));
        EXPECT_EQ(met.code, std::errc::timed_out);
        EXPECT_THAT(met.what, HasSubstr("connecting: timed out, connect_timeout (after 3.0 s)"));
    });
}

TEST(client, limits_the_time_for_everything_up_to_the_head) {
    scripted_server server;
    server.on_connection({redirect(302, "/b"), scripted_server::silence});
    patio::testing::run([&]() -> async<> {
        client asking{server.options().timeout(5s)};
        const failure met = co_await failure_of(asking.get("http://h/a"));
        EXPECT_THAT(met.what,
                    AllOf(StartsWith("GET http://h/b: waiting"), HasSubstr("timed out, timeout")));
    });
}

TEST(client, names_what_is_wrong_with_a_response) {
    const auto failing = [](const std::string& answer) {
        scripted_server server;
        server.on_connection([answer](patio::stream& peer) -> async<> {
            co_await patio::test_support::read_request(peer);
            co_await peer.write(answer);
        });
        failure met;
        patio::testing::run([&]() -> async<> {
            client asking{server.options().header_bytes_max(1000)};
            met = co_await failure_of(asking.get("http://h/"));
            EXPECT_EQ(asking.connection_count(), 0U);
        });
        return met;
    };
    EXPECT_EQ(failing("SSH-2.0-x\r\n").code, patio::errc::malformed);
    EXPECT_EQ(failing("").code, patio::errc::end_of_stream);
    EXPECT_EQ(failing("HTTP/1.1 200 OK\r\nA: b\r\n").code, patio::errc::end_of_stream);
    const failure long_one = failing("HTTP/1.1 200 OK\r\nA: " + std::string(2000, 'x') + "\r\n");
    EXPECT_EQ(long_one.code, patio::errc::limit_exceeded);
    EXPECT_THAT(long_one.what, HasSubstr("header_bytes_max"));
}

TEST(client, fails_when_a_body_is_cut_off_or_stops) {
    scripted_server server;
    server.on_connection([](patio::stream& peer) -> async<> {
        co_await patio::test_support::read_request(peer);
        co_await peer.write("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc");
    });
    server.on_connection(
        {"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", scripted_server::silence});
    patio::testing::run([&]() -> async<> {
        client asking{server.options().read_timeout(4s)};
        for (const bool is_cut : {true, false}) {
            response answer = co_await asking.get("http://h/");
            for (int again = 0; again < 2; ++again) {
                try {
                    (void)co_await answer.text();
                    ADD_FAILURE();
                } catch (const request_error& thrown) {
                    EXPECT_EQ(thrown.phase(), request_phase::reading);
                    EXPECT_EQ(thrown.code() == std::errc::timed_out, !is_cut) << thrown.what();
                }
            }
            EXPECT_EQ(asking.connection_count(), 0U);
        }
    });
}

// --- redirects

TEST(client, follows_redirects_and_tells_the_way) {
    scripted_server server;
    server.on_connection({redirect(301, "b?c"), redirect(302, "http://h/d"), ok("there")});
    patio::testing::run([&]() -> async<> {
        client asking{server.options()};
        response answer = co_await asking.get("http://h/x/a#f");
        EXPECT_EQ(answer.url().href(), "http://h/d#f");
        const bool has_both = answer.redirects().size() == 2;
        EXPECT_TRUE(has_both);
        EXPECT_EQ(answer.redirects()[0].href(), "http://h/x/a#f");
        const std::string text = co_await answer.text();
        EXPECT_EQ(text, "there");
    });
    EXPECT_EQ(server.opened.size(), 1U);
}

TEST(client, makes_a_get_of_a_post_where_browsers_do) {
    for (const int status : {301, 302, 303}) {
        scripted_server server;
        server.on_connection({redirect(status, "/b"), ok("")});
        patio::testing::run([&]() -> async<> {
            client asking{server.options()};
            (void)co_await asking.post("http://h/a", content::json("{}"));
        });
        EXPECT_THAT(server.requests[1],
                    AllOf(StartsWith("GET /b "), Not(HasSubstr("Content-")), HasSubstr("Host")));
    }
}

TEST(client, leaves_head_what_it_is) {
    scripted_server server;
    const std::string elsewhere = "HTTP/1.1 303 See Other\r\nLocation: /b\r\n\r\n";
    server.on_connection({elsewhere, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"});
    patio::testing::run([&]() -> async<> {
        client asking{server.options()};
        (void)co_await asking.head("http://h/a");
    });
    EXPECT_THAT(server.requests[1], StartsWith("HEAD /b "));
}

TEST(client, repeats_a_body_where_the_method_stays) {
    for (const int status : {307, 308}) {
        scripted_server server;
        server.on_connection({redirect(status, "/b"), ok("")});
        patio::testing::run([&]() -> async<> {
            client asking{server.options()};
            (void)co_await asking.post("http://h/a", "text");
        });
        EXPECT_THAT(server.requests[1],
                    AllOf(StartsWith("POST /b "), HasSubstr("Content-Length: 4\r\n"),
                          HasSubstr("\r\n\r\ntext")));
    }
}

TEST(client, fails_if_a_body_cannot_be_repeated) {
    scripted_server server;
    server.on_connection({redirect(307, "/b"), ok("")});
    patio::testing::run([&]() -> async<> {
        client asking{server.options()};
        const auto pieces = []() -> patio::async_generator<std::string> { co_yield "x"; };
        const failure met =
            co_await failure_of(asking.post("http://h/a", patio::http::body{pieces()}));
        EXPECT_EQ(met.code, patio::errc::unsupported);
        EXPECT_EQ(met.phase, request_phase::redirecting);
    });
}

TEST(client, keeps_secrets_from_other_origins) {
    scripted_server server;
    server.on_connection({redirect(302, "http://other/")});
    server.on_connection({redirect(302, "http://h/back")});
    server.on_connection({scripted_server::silence});
    patio::testing::run([&]() -> async<> {
        client asking{
            server.options().bearer("s3cret").header("Cookie", "s3cret=1").response_timeout(1s)};
        (void)co_await failure_of(asking.get("http://h/", headers{"Authorization", "s3cret"}));
    });
    EXPECT_THAT(server.opened, ElementsAre("h:80", "other:80"));
    EXPECT_THAT(server.requests[0], HasSubstr("s3cret"));
    EXPECT_THAT(server.requests[1], Not(HasSubstr("s3cret")));
    EXPECT_THAT(server.requests[1], HasSubstr("Host: other\r\n"));
}

TEST(client, ends_redirects_that_do_not_end) {
    scripted_server server;
    server.on_connection(scripted_server::answers(10, redirect(302, "/")));
    patio::testing::run([&]() -> async<> {
        client asking{server.options().redirects_max(3)};
        const failure met = co_await failure_of(asking.get("http://h/"));
        EXPECT_EQ(met.code, patio::errc::limit_exceeded);
        EXPECT_THAT(met.what, HasSubstr("redirects_max (3)"));
    });
    EXPECT_EQ(server.requests.size(), 4U);
}

TEST(client, does_not_follow_what_it_must_not) {
    scripted_server server;
    server.on_connection({redirect(302, "file:///etc/passwd"), redirect(302, "http://[")});
    patio::testing::run([&]() -> async<> {
        client asking{server.options()};
        for (int i = 0; i < 2; ++i) {
            const failure met = co_await failure_of(asking.get("http://h/"));
            EXPECT_EQ(met.code, patio::errc::malformed);
        }
    });
}

TEST(client, gives_redirects_to_who_wants_them) {
    scripted_server server;
    server.on_connection({redirect(302, "/b")});
    patio::testing::run([&]() -> async<> {
        client asking{server.options().without_redirects()};
        response answer = co_await asking.get("http://h/");
        EXPECT_EQ(answer.status(), 302);
        EXPECT_EQ(answer.header("Location"), "/b");
    });
}

// --- cookies

TEST(client, keeps_cookies_and_sends_them_back) {
    scripted_server server;
    server.on_connection(
        {"HTTP/1.1 302 Found\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2; Path=/x\r\n"
         "Location: /y\r\nContent-Length: 0\r\n\r\n",
         ok(""), ok("")});
    patio::testing::run([&]() -> async<> {
        client asking{server.options()};
        (void)co_await asking.get("http://h/");
        EXPECT_EQ(asking.cookies().size(), 2U);
        (void)co_await asking.get("http://h/x", headers{"Cookie", "mine=1"});
    });
    EXPECT_THAT(server.requests[1], HasSubstr("\r\nCookie: a=1\r\n"));
    EXPECT_THAT(server.requests[2], HasSubstr("\r\nCookie: mine=1\r\n"));
}

TEST(client, can_do_without_cookies) {
    scripted_server server;
    server.on_connection({ok("", "Set-Cookie: a=1\r\n"), ok("")});
    patio::testing::run([&]() -> async<> {
        client asking{server.options().without_cookies()};
        (void)co_await asking.get("http://h/");
        (void)co_await asking.get("http://h/");
    });
    EXPECT_THAT(server.requests[1], Not(HasSubstr("Cookie")));
}

// --- retries

TEST(client, asks_again_when_the_server_says_later) {
    scripted_server server;
    const std::string later = "HTTP/1.1 503 Later\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n";
    server.on_connection({later, ok("done")});
    patio::testing::run([&]() -> async<> {
        client asking{server.options().retries(2)};
        response answer = co_await asking.get("http://h/");
        EXPECT_EQ(answer.status(), 200);
        EXPECT_EQ(answer.elapsed(), patio::duration{7s});
    });
}

TEST(client, waits_longer_before_each_attempt) {
    scripted_server server;
    for (int i = 0; i < 3; ++i)
        server.on_connection({scripted_server::hang_up});
    server.on_connection({ok("done")});
    patio::testing::run([&]() -> async<> {
        client asking{server.options().retries(3).retry_delay(1s)};
        response answer = co_await asking.get("http://h/");
        EXPECT_EQ(answer.status(), 200);
        EXPECT_GE(answer.elapsed(), patio::duration{3500ms});
        EXPECT_LE(answer.elapsed(), patio::duration{7s});
    });
}

TEST(client, does_not_repeat_what_must_be_done_once) {
    scripted_server server;
    server.on_connection({scripted_server::hang_up});
    server.on_connection({ok("")});
    patio::testing::run([&]() -> async<> {
        client asking{server.options().retries(3)};
        const failure met = co_await failure_of(asking.post("http://h/", "x"));
        EXPECT_EQ(met.code, patio::errc::end_of_stream);
    });
    EXPECT_EQ(server.requests.size(), 1U);
}

TEST(client, gives_up_after_the_last_attempt) {
    scripted_server server;
    const std::string later = "HTTP/1.1 503 Later\r\nContent-Length: 0\r\n\r\n";
    server.on_connection({later, later, later});
    patio::testing::run([&]() -> async<> {
        client asking{server.options().retries(2)};
        response answer = co_await asking.get("http://h/");
        EXPECT_EQ(answer.status(), 503);
    });
    EXPECT_EQ(server.requests.size(), 3U);
}

}  // namespace
