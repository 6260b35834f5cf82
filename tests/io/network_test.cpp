// SPDX-License-Identifier: MIT

// Networks that lose packets, swallow them and go down, in namespaces that the tests make.

#include "support/drivers.hpp"
#include "support/private_network.hpp"

#include <patio/patio.hpp>

#include <gtest/gtest.h>

#include <cstdio>
#include <exception>
#include <string>
#include <system_error>
#include <vector>

namespace {

using namespace std::chrono_literals;
using patio::connect_options;
using patio::endpoint;
using patio::listener;
using patio::server;
using patio::stream;

const endpoint swallowed = endpoint::parse("127.0.0.1:7777");

/// What a child of a test checks: the first that does not hold ends it with a message.
void require(bool holds, const char* what) {
    if (holds) return;
    std::fprintf(stderr, "%s\n", what);
    throw std::runtime_error{what};
}

class networks : public patio::test_support::on_each_driver {
protected:
    void SetUp() override {
        const std::string why = patio::test_support::private_network_refusal();
        if (!why.empty()) GTEST_SKIP() << why;
    }
    /// Runs `main` alone in a network with these rules.
    template <class F>
    void run_in_network(const char* rules, F main) {
        const int status = patio::test_support::in_private_network(rules, [&] {
            try {
                patio::run(main(), options());
                return 0;
            } catch (const std::exception& failure) {
                std::fprintf(stderr, "%s\n", failure.what());
                return 1;
            }
        });
        EXPECT_EQ(status, 0);
    }
};
PATIO_TEST_ON_EACH_DRIVER(networks);

patio::async<> echo(stream peer) {
    while (auto line = co_await peer.read_line())
        co_await peer.write(*line, "\n");
}

TEST_P(networks, that_swallow_everything_end_an_attempt_by_its_timeout) {
    const auto main = []() -> patio::async<> {
        const listener door = listener::open(swallowed);
        bool has_failed = false;
        try {
            co_await patio::open_connection(swallowed, connect_options{}.attempt_timeout(20ms));
        } catch (const patio::error& e) {  // the expected way
            has_failed = true;
            require(e.code() == std::errc::timed_out, e.what());
            require(std::string{e.what()} == "connecting to 127.0.0.1:7777: Connection timed out",
                    e.what());
        }
        require(has_failed, "a connection went through a filter that drops all of it");
    };
    run_in_network("tcp dport 7777 drop", main);
}

TEST_P(networks, that_swallow_one_address_leave_the_other_one) {
    const auto main = []() -> patio::async<> {
        server echoes = co_await patio::start_server(echo, endpoint::parse("127.0.0.1:0"));
        std::vector<endpoint> both{swallowed, echoes.endpoints().front()};
        auto opening =
            patio::open_connection(std::move(both), connect_options{}.attempt_delay(10ms));
        stream peer = co_await std::move(opening);
        require(patio::peer_endpoint(peer) == echoes.endpoints().front(), "the wrong peer");
    };
    run_in_network("tcp dport 7777 drop", main);
}

TEST_P(networks, that_lose_packets_lose_no_bytes) {
    const auto main = []() -> patio::async<> {
        const auto count_bytes = [](stream peer) -> patio::async<> {
            const std::string all = co_await peer.read_all();
            co_await peer.write(std::to_string(all.size()));
        };
        server counts = co_await patio::start_server(count_bytes, swallowed);
        stream peer = co_await patio::open_connection(swallowed);
        patio::test_support::set_packet_rules("tcp dport 7777 numgen random mod 100 < 3 drop");
        const std::string content(1 << 20, 'x');
        co_await peer.write(content);
        co_await peer.shutdown();
        const std::string sum = co_await peer.read_all();
        require(sum == std::to_string(content.size()), "bytes were lost");
    };
    run_in_network("", main);
}

TEST_P(networks, that_go_down_leave_the_reader_to_its_timeout_and_come_back) {
    const auto main = []() -> patio::async<> {
        server echoes = co_await patio::start_server(echo, swallowed);
        stream peer = co_await patio::open_connection(swallowed);
        co_await peer.write("before\n");
        auto line = co_await peer.read_line();
        require(line == "before", "the line does not work at all");
        patio::test_support::set_packet_rules("drop");
        co_await peer.write("meanwhile\n");
        const auto early = co_await patio::move_on_after(20ms, peer.read_line());
        require(!early.has_value(), "a network that is down has delivered");
        patio::test_support::set_packet_rules("accept");
        line = co_await peer.read_line();  // TCP has tried again
        require(line == "meanwhile", "what was sent meanwhile is lost");
    };
    run_in_network("", main);
}

}  // namespace
