// SPDX-License-Identifier: MIT
// label: threads

// HTTP servers on real sockets, with both drivers.

#include <patio/http/server.hpp>

#include "support/drivers.hpp"
#include "support/http_talk.hpp"
#include "support/scratch.hpp"
#include "support/tls_pair.hpp"

#include <patio/core/all_tasks.hpp>
#include <patio/patio.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <sys/socket.h>

namespace {

using namespace std::chrono_literals;
namespace http = patio::http;
using patio::async;
using patio::endpoint;
using patio::stream;
using patio::test_support::request_of;
using patio::test_support::without_date;
using ::testing::HasSubstr;
using ::testing::StartsWith;

const endpoint any_port = endpoint::parse("127.0.0.1:0");

async<http::response> name_it(http::request& asked) {
    co_return http::response{asked.method() + " " + std::string{asked.target()} + "\n"};
}

async<stream> connect_to(const http::server& to) {
    return patio::open_connection(to.endpoints().front());
}

/// What the server says to this until it closes.
async<std::string> answers_of(const http::server& to, std::string said) {
    stream peer = co_await connect_to(to);
    co_await peer.write(said);
    const std::string heard = co_await peer.read_all();
    co_return without_date(heard);
}

std::string last_request(const std::string& line) {
    return request_of(line + "\r\nConnection: close");
}

class http_serving : public patio::test_support::on_each_driver {
protected:
    std::vector<std::string> reports;
    patio::run_options keeping_reports() {
        return options().on_report(
            [this](const patio::report& what) { reports.emplace_back(what.text()); });
    }
};
PATIO_TEST_ON_EACH_DRIVER(http_serving);

TEST_P(http_serving, answers_many_clients_at_once) {
    const auto main = []() -> async<> {
        http::server site = co_await http::start_server(name_it, any_port);
        std::vector<stream> peers;
        for (int i = 0; i < 100; ++i) {
            stream peer = co_await connect_to(site);
            peers.push_back(std::move(peer));
        }
        for (int round = 0; round < 3; ++round) {
            for (std::size_t i = 0; i < peers.size(); ++i)
                co_await peers[i].write(request_of("GET /" + std::to_string(i) + " HTTP/1.1"));
            for (std::size_t i = 0; i < peers.size(); ++i) {
                const std::string body = "GET /" + std::to_string(i) + "\n";
                const auto heard = co_await peers[i].read_until(body);
                EXPECT_THAT(heard.value(), StartsWith("HTTP/1.1 200 OK\r\n"));
            }
        }
        EXPECT_EQ(site.connection_count(), 100U);
        peers.clear();
        site.stop();
        co_await site.wait_closed();
        EXPECT_EQ(site.connection_count(), 0U);
    };
    patio::run(main(), options());
}

TEST_P(http_serving, tells_the_handler_who_has_asked) {
    const auto main = []() -> async<> {
        const auto site = [](http::request& asked) {
            return http::response{asked.peer().to_string()};
        };
        http::server serving = co_await http::start_server(site, any_port);
        stream peer = co_await connect_to(serving);
        const std::string mine = patio::local_endpoint(peer).to_string();
        co_await peer.write(last_request("GET / HTTP/1.1"));
        const std::string heard = co_await peer.read_all();
        EXPECT_THAT(heard, HasSubstr("\r\n\r\n" + mine));
    };
    patio::run(main(), options());
}

TEST_P(http_serving, cancels_a_handler_whose_client_has_gone) {
    const auto main = []() -> async<> {
        patio::event has_begun;
        patio::event is_gone;
        struct witness {
            patio::event& gone;
            ~witness() { gone.set(); }
        };
        const auto site = [&](http::request&) -> async<http::response> {
            const witness here{is_gone};
            has_begun.set();
            co_await patio::sleep(1h);
            co_return http::response{};
        };
        http::server serving = co_await http::start_server(site, any_port);
        for (const bool is_reset : {false, true}) {
            has_begun.clear();
            is_gone.clear();
            stream peer = co_await connect_to(serving);
            co_await peer.write(request_of("GET / HTTP/1.1"));
            co_await has_begun.wait();
            if (is_reset) {
                const linger at_once{1, 0};
                ::setsockopt(peer.native_handle(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
            }
            peer.abort();
            co_await patio::timeout(10s, is_gone.wait());
        }
    };
    patio::run(main(), options());
}

TEST_P(http_serving, stops_idle_connections_at_once_and_others_behind_their_answer) {
    const auto main = []() -> async<> {
        patio::event has_begun;
        patio::event may_end;
        const auto site = [&](http::request& asked) -> async<http::response> {
            has_begun.set();
            if (asked.path() == "/slow") co_await may_end.wait();
            co_return http::response{"done"};
        };
        http::server serving = co_await http::start_server(site, any_port);
        stream idle = co_await connect_to(serving);
        co_await idle.write(request_of("GET / HTTP/1.1"));
        co_await idle.read_until("done");
        stream busy = co_await connect_to(serving);
        has_begun.clear();
        co_await busy.write(request_of("GET /slow HTTP/1.1") + request_of("GET /more HTTP/1.1"));
        co_await has_begun.wait();

        serving.stop(1h);
        const std::string nothing = co_await idle.read_all();
        EXPECT_EQ(nothing, "");
        may_end.set();
        const std::string heard = co_await busy.read_all();
        EXPECT_EQ(without_date(heard),
                  "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\n"
                  "Content-Length: 4\r\nConnection: close\r\n\r\ndone");
        co_await serving.wait_closed();
    };
    patio::run(main(), options());
}

TEST_P(http_serving, cancels_what_is_not_answered_within_the_grace_time) {
    const auto main = []() -> async<> {
        patio::event has_begun;
        const auto site = [&](http::request&) -> async<http::response> {
            has_begun.set();
            co_await patio::sleep(1h);
            co_return http::response{};
        };
        http::server serving = co_await http::start_server(site, any_port);
        stream peer = co_await connect_to(serving);
        co_await peer.write(request_of("GET / HTTP/1.1"));
        co_await has_begun.wait();
        serving.stop(patio::duration{});
        co_await serving.wait_closed();
        const auto rest = co_await patio::as_outcome(peer.read_all());
        EXPECT_TRUE(!rest.has_value() || rest.value().empty());
    };
    patio::run(main(), options());
}

TEST_P(http_serving, stops_on_an_event) {
    const auto main = []() -> async<> {
        patio::event stop;
        std::vector<patio::listener> doors;
        doors.push_back(patio::listener::open(any_port));
        const endpoint at = doors.front().local_endpoint();
        const auto client = [&]() -> async<> {
            stream peer = co_await patio::open_connection(at);
            co_await peer.write(request_of("GET / HTTP/1.1"));
            co_await peer.read_until("GET /\n");
            stop.set();
            const std::string rest = co_await peer.read_all();
            EXPECT_EQ(rest, "");
        };
        auto serving = http::serve(std::move(doors), name_it, http::serve_options{}.stop_on(stop));
        co_await patio::gather(std::move(serving), client());
    };
    patio::run(main(), options());
}

TEST_P(http_serving, sends_files_and_parts_of_them) {
    const patio::test_support::scratch_directory folder;
    const std::string path = folder / "large";
    std::string text;
    for (int i = 0; i < 400'000; ++i)
        text += "line " + std::to_string(i) + "\n";
    const auto main = [&]() -> async<> {
        co_await patio::write_file(path, text);
        const auto site = [&](http::request& asked) -> async<http::response> {
            http::body all;
            if (asked.path() == "/part") {
                all = co_await http::body::from_file(path, 10, 100'000);
            } else {
                all = co_await http::body::from_file(path);
            }
            co_return http::response{std::move(all)};
        };
        http::server serving = co_await http::start_server(site, any_port);
        const std::string all = co_await answers_of(serving, last_request("GET / HTTP/1.1"));
        EXPECT_EQ(all.substr(all.find("\r\n\r\n") + 4), text);
        const std::string part = co_await answers_of(serving, last_request("GET /part HTTP/1.1"));
        EXPECT_EQ(part.substr(part.find("\r\n\r\n") + 4), text.substr(10, 100'000));
        const std::string head = co_await answers_of(serving, last_request("HEAD / HTTP/1.1"));
        EXPECT_THAT(head, HasSubstr("Content-Length: " + std::to_string(text.size()) + "\r\n"));
    };
    patio::run(main(), options());
}

TEST_P(http_serving, reports_nothing_when_a_client_goes_in_the_middle_of_a_file) {
    patio::test_support::scratch_directory folder;
    const std::string path = folder.make("large", std::string(std::size_t{32} << 20, 'x'));
    const auto main = [&]() -> async<> {
        const auto site = [&](http::request&) -> async<http::response> {
            http::body all = co_await http::body::from_file(path);
            co_return http::response{std::move(all)};
        };
        http::server serving = co_await http::start_server(site, any_port);
        stream peer = co_await connect_to(serving);
        co_await peer.write(request_of("GET / HTTP/1.1"));
        co_await peer.read_until("\r\n\r\n");
        (void)co_await peer.read_exactly(std::size_t{1} << 20);
        peer.abort();
        while (serving.connection_count() > 0)
            co_await patio::sleep(1ms);
    };
    std::string failures;
    patio::run(main(), options().on_report([&](const patio::report& r) {
        if (r.kind() == patio::report_kind::unobserved_failure) failures += r.text();
    }));
    EXPECT_EQ(failures, "");
}

TEST_P(http_serving, limits_the_connections_of_one_address) {
    const auto main = []() -> async<> {
        http::server serving = co_await http::start_server(
            name_it, any_port, http::serve_options{}.connections_per_address_max(2));
        stream first = co_await connect_to(serving);
        stream second = co_await connect_to(serving);
        co_await first.write(request_of("GET / HTTP/1.1"));
        co_await second.write(request_of("GET / HTTP/1.1"));
        co_await first.read_until("GET /\n");
        co_await second.read_until("GET /\n");
        stream third = co_await connect_to(serving);
        const auto nothing = co_await patio::as_outcome(third.read_all());
        EXPECT_TRUE(!nothing.has_value() || nothing.value().empty());
        first.abort();
        while (serving.connection_count() > 1)
            co_await patio::sleep(1ms);
        const std::string heard = co_await answers_of(serving, last_request("GET / HTTP/1.1"));
        EXPECT_THAT(heard, StartsWith("HTTP/1.1 200 "));
    };
    patio::run(main(), options());
}

TEST_P(http_serving, limits_the_requests_of_one_address) {
    const auto main = []() -> async<> {
        http::server serving = co_await http::start_server(
            name_it, any_port, http::serve_options{}.requests_per_second_max(0.001, 2));
        const std::string heard = co_await answers_of(serving, request_of("GET / HTTP/1.1") +
                                                                   request_of("GET / HTTP/1.1") +
                                                                   last_request("GET / HTTP/1.1"));
        EXPECT_THAT(heard, StartsWith("HTTP/1.1 200 OK\r\n"));
        EXPECT_THAT(heard, HasSubstr("HTTP/1.1 429 Too Many Requests\r\n"));
        EXPECT_THAT(heard, HasSubstr("\r\nRetry-After: 1\r\n"));
        const std::string again = co_await answers_of(serving, last_request("GET / HTTP/1.1"));
        EXPECT_THAT(again, StartsWith("HTTP/1.1 429 "));
    };
    patio::run(main(), options());
}

TEST_P(http_serving, speaks_tls) {
    const auto main = [&]() -> async<> {
        const auto context = patio::test_support::example_server();
        const auto site = [](http::request& asked) -> async<http::response> {
            EXPECT_TRUE(asked.is_secure());
            EXPECT_THAT(asked.url().href(), StartsWith("https://"));
            const std::string text = co_await asked.text();
            co_return http::response{text + std::string(300'000, 'x')};
        };
        http::server serving =
            co_await http::start_server(site, any_port, http::serve_options{}.tls(context));
        const auto trusting = patio::test_support::trusting_client();
        stream peer = co_await patio::open_connection("127.0.0.1", serving.port(),
                                                      patio::connect_options{}.tls(trusting));
        co_await peer.write(request_of("POST / HTTP/1.1\r\nConnection: close", "hello"));
        const std::string heard = co_await peer.read_all();
        EXPECT_THAT(heard, HasSubstr("\r\n\r\nhelloxxx"));
        EXPECT_EQ(heard.substr(heard.find("hello")).size(), 300'005U);
    };
    patio::run(main(), options());
}

TEST_P(http_serving, serves_on_each_loop_of_the_program) {
    const auto main = []() -> async<> {
        endpoint at;
        {
            const patio::listener free = patio::listener::open(any_port);
            at = free.local_endpoint();
        }
        const auto make = [] { return http::make_handler(name_it); };
        const auto client = [&](patio::task_group& group) -> async<> {
            for (int i = 0; i < 20; ++i) {
                std::optional<stream> peer;
                while (!peer) {  // the loops begin to listen one after the other
                    auto connecting = patio::as_outcome(patio::open_connection(at));
                    auto connected = co_await std::move(connecting);
                    if (connected.has_value()) peer = std::move(connected).value();
                }
                co_await peer->write(last_request("GET / HTTP/1.1"));
                const std::string heard = co_await peer->read_all();
                EXPECT_THAT(heard, HasSubstr("GET /\n"));
            }
            group.cancel();
        };
        const auto both = [&](patio::task_group& group) -> async<> {
            group.spawn(http::serve_on_each_loop(at, make));
            co_await client(group);
        };
        co_await patio::with_task_group(both);
    };
    patio::run(main(), options().loops(2));
}

TEST_P(http_serving, serves_others_while_slow_clients_send_and_read) {
    const auto main = []() -> async<> {
        const auto site = [](http::request& asked) {
            return http::response{std::string(asked.path() == "/large" ? 4'000'000 : 1, 'x')};
        };
        http::server serving = co_await http::start_server(site, any_port);
        std::vector<stream> slow;
        for (int i = 0; i < 50; ++i) {
            stream peer = co_await connect_to(serving);
            // Half a head, a body that does not come, a response that nobody takes.
            const std::string said[] = {"GET / HT",
                                        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nx",
                                        request_of("GET /large HTTP/1.1")};
            co_await peer.write(said[i % 3]);
            slow.push_back(std::move(peer));
        }
        for (int i = 0; i < 20; ++i) {
            const std::string heard =
                co_await patio::timeout(10s, answers_of(serving, last_request("GET / HTTP/1.1")));
            EXPECT_THAT(heard, StartsWith("HTTP/1.1 200 OK\r\n"));
        }
    };
    patio::run(main(), options());
}

TEST(http_server, refuses_an_event_where_it_can_be_stopped_by_its_handle) {
    const auto main = []() -> async<> {
        patio::event stop;
        const auto started = co_await patio::as_outcome(
            http::start_server(name_it, any_port, http::serve_options{}.stop_on(stop)));
        EXPECT_FALSE(started.has_value());
    };
    patio::run(main());
}

}  // namespace
