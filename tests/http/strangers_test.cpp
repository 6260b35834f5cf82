// SPDX-License-Identifier: MIT

// Programs that are not ours ask our server: curl, ab, wrk, slowhttptest, Python's http.client.

#include "support/command.hpp"
#include "support/drivers.hpp"
#include "support/scratch.hpp"
#include "support/tls_pair.hpp"

#include <patio/http/server.hpp>
#include <patio/patio.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace {

using namespace std::chrono_literals;
namespace http = patio::http;
using patio::async;
using patio::endpoint;
using patio::test_support::has_program;
using patio::test_support::output_of;
using ::testing::HasSubstr;

const endpoint any_port = endpoint::parse("127.0.0.1:0");

/// Runs a command; $URL is where the server is.
async<std::string> ask(const http::server& site, std::string line, std::string scheme = "http") {
    const std::string where =
        "URL=" + scheme + "://127.0.0.1:" + std::to_string(site.port()) + "; ";
    std::string said = co_await patio::to_thread(output_of, where + line);
    co_return said;
}

/// What all strangers are answered.
async<http::response> answer(http::request& asked) {
    if (asked.path() == "/slow") co_await patio::sleep(20ms);
    if (asked.path() == "/large") co_return http::response{std::string(1'000'000, 'x')};
    if (asked.path() == "/file") {
        http::body file = co_await http::body::from_file(std::string{*asked.query("path")});
        co_return http::response{std::move(file)};
    }
    if (asked.path() == "/echo") co_return http::response{std::move(asked.body())};
    if (asked.path() == "/pieces") {
        const auto pieces = []() -> patio::async_generator<std::string> {
            for (int i = 0; i < 100; ++i)
                co_yield "piece " + std::to_string(i) + "\n";
        };
        co_return http::response{http::body{pieces()}};
    }
    const std::string text = co_await asked.text();
    co_return http::response{asked.method() + " " + std::string{asked.target()} + " " +
                             std::to_string(text.size()) + "\n"};
}

class http_strangers : public patio::test_support::on_each_driver {
protected:
    /// Starts a server and runs `talk(server)`.
    template <class F>
    void serve(F talk, http::serve_options with = {}) {
        const auto main = [&]() -> async<> {
            http::server site = co_await http::start_server(answer, any_port, with);
            co_await talk(site);
            site.stop();
            co_await site.wait_closed();
        };
        patio::run(main(), options());
    }
};
PATIO_TEST_ON_EACH_DRIVER(http_strangers);

TEST_P(http_strangers, curl_uses_every_method) {
    serve([](http::server& site) -> async<> {
        for (const std::string method : {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}) {
            const std::string said =
                co_await ask(site, "curl -sS --max-time 20 -X " + method + " $URL/a?b=c");
            EXPECT_EQ(said, method + " /a?b=c 0\n");
        }
        const std::string head = co_await ask(site, "curl -sS --max-time 20 -I $URL/head");
        EXPECT_THAT(head, HasSubstr("HTTP/1.1 200 OK"));
    });
}

TEST_P(http_strangers, curl_uploads_and_downloads) {
    const patio::test_support::scratch_directory folder;
    std::string content;
    for (int i = 0; i < 300'000; ++i)
        content += std::to_string(i);
    const std::string file = folder.make("up", content);
    serve([&](http::server& site) -> async<> {
        const std::string size = std::to_string(content.size());
        std::string said = co_await ask(site, "curl -sS --max-time 20 -T " + file + " $URL/up");
        EXPECT_EQ(said, "PUT /up " + size + "\n");
        said = co_await ask(
            site, "curl -sS --max-time 20 -H 'Transfer-Encoding: chunked' -T " + file + " $URL/up");
        EXPECT_EQ(said, "PUT /up " + size + "\n");
        said = co_await ask(site, "curl -sS --max-time 20 -T " + file + " $URL/echo | cmp - " +
                                      file + " && echo same");
        EXPECT_EQ(said, "same\n");
        said = co_await ask(site, "curl -sS --max-time 20 \"$URL/file?path=" + file +
                                      "\" | cmp - " + file + " && echo same");
        EXPECT_EQ(said, "same\n");
        said = co_await ask(site, "curl -sS --max-time 20 $URL/pieces | tail -n 1");
        EXPECT_EQ(said, "piece 99\n");
        said = co_await ask(site, "curl -sS --max-time 20 --http1.0 $URL/pieces | wc -l");
        EXPECT_EQ(said, "100\n");
    });
}

TEST_P(http_strangers, curl_makes_a_thousand_requests_over_few_connections) {
    serve([](http::server& site) -> async<> {
        const std::string said = co_await ask(site,
                                              "curl -sS --max-time 60 --parallel --parallel-max 8 "
                                              "\"$URL/[1-1000]\" 2>/dev/null | sort -u | "
                                              "wc -l");
        EXPECT_EQ(said, "1000\n");
        EXPECT_LE(site.connection_count(), 8U);
    });
}

TEST_P(http_strangers, curl_speaks_tls) {
    const patio::test_support::scratch_directory folder;
    const std::string authority =
        folder.make("ca.pem", patio::test_support::test_authority().pem());
    const auto context = patio::test_support::example_server();
    serve(
        [&](http::server& site) -> async<> {
            const std::string said = co_await ask(
                site, "curl -sS --max-time 20 --cacert " + authority + " $URL/large | wc -c",
                "https");
            EXPECT_EQ(said, "1000000\n");
        },
        http::serve_options{}.tls(context));
}

TEST_P(http_strangers, python_keeps_a_connection) {
    serve([](http::server& site) -> async<> {
        const std::string said = co_await ask(site, R"(python3 - $URL <<'END'
import http.client, sys
c = http.client.HTTPConnection(sys.argv[1][7:], timeout=20)
for i in range(3):
    c.request("POST", f"/{i}", body=b"x" * i, headers={"X-A": "b"})
    r = c.getresponse()
    print(r.status, r.read().decode(), end="")
c.request("POST", "/chunks", body=(b"ab" for _ in range(3)), encode_chunked=True,
          headers={"Transfer-Encoding": "chunked"})
r = c.getresponse()
print(r.status, r.read().decode(), end="")
END
)");
        EXPECT_EQ(said, "200 POST /0 0\n200 POST /1 1\n200 POST /2 2\n200 POST /chunks 6\n");
    });
}

TEST_P(http_strangers, ab_meets_no_failure) {
    if (!has_program("ab")) GTEST_SKIP() << "ab is missing: Debian's package is apache2-utils";
    serve([](http::server& site) -> async<> {
        for (const std::string keep : {"", "-k "}) {
            const std::string said = co_await ask(site, "ab -q -n 2000 -c 20 " + keep + "$URL/ab");
            EXPECT_THAT(said, HasSubstr("Complete requests:      2000\n"));
            EXPECT_THAT(said, HasSubstr("Failed requests:        0\n"));
        }
    });
}

TEST_P(http_strangers, wrk_meets_no_failure) {
    if (!has_program("wrk")) GTEST_SKIP() << "wrk is missing";
    serve([](http::server& site) -> async<> {
        const std::string said = co_await ask(site, "wrk -t1 -c50 -d1s $URL/wrk");
        EXPECT_THAT(said, HasSubstr("requests in"));
        EXPECT_THAT(said, Not(HasSubstr("Non-2xx")));
        EXPECT_THAT(said, Not(HasSubstr("Socket errors")));
    });
}

/// Slow clients of three kinds attack, and an honest one asks meanwhile.
TEST_P(http_strangers, slow_clients_keep_nobody_else_from_being_served) {
    if (!has_program("slowhttptest")) GTEST_SKIP() << "slowhttptest is missing";
    const auto options = http::serve_options{}
                             .header_timeout(1s)
                             .body_timeout(1s)
                             .write_timeout(1s)
                             .transfer_rate_min(100'000);
    for (const std::string kind : {"-H -i 1", "-B -i 1 -s 8192", "-X -w 1 -y 2 -n 1 -z 1"}) {
        serve(
            [&](http::server& site) -> async<> {
                auto attack = ask(
                    site, "timeout 20 slowhttptest -c 100 -r 100 -l 1 " + kind + " -u $URL/large");
                const auto honest = [&]() -> async<> {
                    for (int i = 0; i < 5; ++i) {
                        const std::string said = co_await ask(site, "curl -sS --max-time 5 $URL/");
                        EXPECT_EQ(said, "GET / 0\n");
                        co_await patio::sleep(100ms);
                    }
                };
                co_await patio::gather(std::move(attack), honest());
                // The attackers were cut off, or have left; none is kept for longer than a limit.
                const auto start = patio::now();
                while (site.connection_count() > 1 && patio::now() - start < 20s)
                    co_await patio::sleep(10ms);
                EXPECT_LE(site.connection_count(), 1U);
            },
            options);
    }
}

}  // namespace
