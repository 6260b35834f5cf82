// SPDX-License-Identifier: MIT

// A client and real connections.

#include "support/drivers.hpp"
#include "support/scratch.hpp"
#include "support/scripted_server.hpp"
#include "support/tls_pair.hpp"

#include <patio/core/gather_range.hpp>
#include <patio/http/client.hpp>
#include <patio/io/process.hpp>
#include <patio/io/run.hpp>
#include <patio/io/server.hpp>
#include <patio/patio.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace {

using patio::async;
using patio::endpoint;
using patio::http::client;
using patio::http::client_options;
using patio::http::request_error;
using patio::http::response;
using patio::test_support::ok;
using patio::test_support::read_request;
using patio::test_support::scratch_directory;
using ::testing::HasSubstr;

const endpoint any_port = endpoint::parse("127.0.0.1:0");

/// Answers each request with its own size.
async<> serve(patio::stream peer) {
    for (;;) {
        const std::string request = co_await read_request(peer);
        if (request.empty()) co_return;
        co_await peer.write(ok(request.substr(0, request.find(' ')) + " " +
                               std::to_string(request.size() - request.find("\r\n\r\n") - 4)));
    }
}

client_options direct() { return client_options{}.without_proxy(); }

std::string url_of(const patio::server& of, const std::string& rest) {
    return "http://127.0.0.1:" + std::to_string(of.port()) + rest;
}

async<> ask(client& asking, std::string url) {
    response answer = co_await asking.get(url);
    const std::string text = co_await answer.text();
    EXPECT_EQ(text, "GET 0");
}

class client_socket : public patio::test_support::on_each_driver {};
PATIO_TEST_ON_EACH_DRIVER(client_socket);

TEST_P(client_socket, asks_and_uploads_on_kept_connections) {
    const auto main = []() -> async<> {
        patio::server serving = co_await patio::start_server(serve, any_port);
        client asking{direct()};
        for (const std::size_t size : {0U, 10U, 100'000U, 3'000'000U}) {
            response answer = co_await asking.post(url_of(serving, "/"), std::string(size, 'x'));
            const std::string text = co_await answer.text();
            EXPECT_EQ(text, "POST " + std::to_string(size));
        }
        EXPECT_EQ(serving.connection_count(), 1U);
    };
    patio::run(main(), options());
}

TEST_P(client_socket, serves_many_tasks_with_few_connections) {
    const auto main = []() -> async<> {
        patio::server serving = co_await patio::start_server(serve, any_port);
        client asking{direct().origin_connections_max(4)};
        std::vector<async<>> all;
        for (int i = 0; i < 200; ++i)
            all.push_back(ask(asking, url_of(serving, "/")));
        auto gathering = patio::gather(std::move(all));
        co_await std::move(gathering);
        EXPECT_EQ(asking.connection_count(), 4U);
        EXPECT_EQ(serving.connection_count(), 4U);
    };
    patio::run(main(), options());
}

TEST_P(client_socket, notices_that_a_kept_connection_was_closed) {
    const auto main = []() -> async<> {
        const auto once = [](patio::stream peer) -> async<> {
            (void)co_await read_request(peer);
            co_await peer.write(ok("x"));
        };
        patio::server serving = co_await patio::start_server(once, any_port);
        client asking{direct()};
        for (int i = 0; i < 3; ++i) {
            response answer = co_await asking.post(url_of(serving, "/"), "not twice");
            EXPECT_EQ(answer.status(), 200);
            // The loop must have looked outside, or it cannot know.
            do {
                co_await patio::sleep(patio::duration::milliseconds(1));
            } while (serving.connection_count() > 0);
        }
    };
    patio::run(main(), options());
}

TEST_P(client_socket, goes_through_unix_sockets) {
    const auto main = []() -> async<> {
        const scratch_directory scratch;
        const std::string path = scratch / "socket";
        patio::server serving = co_await patio::start_server(serve, endpoint::unix_socket(path));
        client asking{direct().unix_socket(path)};
        co_await ask(asking, "http://localhost/version");
    };
    patio::run(main(), options());
}

TEST_P(client_socket, says_that_nobody_listens_and_that_no_host_has_the_name) {
    const auto main = []() -> async<> {
        std::uint16_t port = 0;
        {
            auto door = patio::listener::open(any_port);
            port = door.local_endpoint().port();
        }
        client asking{direct()};
        try {
            (void)co_await asking.get("http://127.0.0.1:" + std::to_string(port));
            ADD_FAILURE();
        } catch (const request_error& thrown) {
            EXPECT_EQ(thrown.code(), std::errc::connection_refused);
        }
        const scratch_directory scratch;
        patio::resolve_options nowhere;
        nowhere.hosts_file(scratch.make("hosts", ""));
        nowhere.name_servers({endpoint::parse("127.0.0.1:" + std::to_string(port))});
        client lost{direct().connecting(patio::connect_options{}.resolving(nowhere.tries(1)))};
        try {
            (void)co_await lost.get("http://no-such-host.test/");
            ADD_FAILURE();
        } catch (const request_error& thrown) {
            EXPECT_THAT(thrown.what(), HasSubstr("no-such-host.test"));
        }
    };
    patio::run(main(), options());
}

TEST_P(client_socket, speaks_tls) {
    const auto trusting = patio::test_support::trusting_client();
    const auto context = patio::test_support::example_server();
    const auto main = [&]() -> async<> {
        patio::server serving =
            co_await patio::start_server(serve, any_port, patio::serve_options{}.tls(context));
        client asking{direct().tls(trusting)};
        for (int i = 0; i < 3; ++i)
            co_await ask(asking, "https://127.0.0.1:" + std::to_string(serving.port()) + "/");
        EXPECT_EQ(asking.idle_connection_count(), 1U);
    };
    patio::run(main(), options());
}

TEST_P(client_socket, understands_pythons_server) {
    const scratch_directory scratch;
    const std::string text = patio::test_support::pattern(200'000);
    (void)scratch.make("file.txt", text);
    const auto main = [&]() -> async<> {
        patio::process_options serving{
            "python3", "-u", "-m", "http.server", "--bind", "127.0.0.1", "-d", scratch.path(), "0"};
        serving.std_out(patio::redirect::pipe()).std_err(patio::redirect::null());
        patio::process python = co_await patio::start_process(serving);
        const auto line = co_await python.std_out().read_line();
        const std::string said = line.value_or("");
        const std::size_t begin = said.find("(http://");
        EXPECT_NE(begin, std::string::npos) << said;
        const std::string base = said.substr(begin + 1, said.find(')') - begin - 1);
        client asking{direct().base_url(base)};
        response answer = co_await asking.get("file.txt");
        EXPECT_EQ(answer.header("Content-Type"), "text/plain");
        const std::string came = co_await answer.text();
        EXPECT_TRUE(came == text);
        response none = co_await asking.head("nothing");
        EXPECT_EQ(none.status(), 404);
        const std::string target = scratch / "copy.txt";
        response again = co_await asking.get("file.txt");
        const std::uint64_t count = co_await again.save_to(target);
        EXPECT_EQ(count, text.size());
        (void)co_await python.stop();
    };
    patio::run(main(), options());
}

}  // namespace
