// SPDX-License-Identifier: MIT
// label: threads

#include <patio/io/serve_on_each_loop.hpp>

#include "support/drivers.hpp"

#include <patio/patio.hpp>

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace {

using patio::endpoint;
using patio::listener;
using patio::stream;

const endpoint any_port = endpoint::parse("127.0.0.1:0");

/// Answers with the number of its loop.
patio::async<> tell_the_loop(stream peer) {
    co_await peer.write(std::to_string(patio::this_loop_index()));
}

/// A port that nobody has.
endpoint free_endpoint() {
    const listener door = listener::open(any_port, patio::listen_options{}.reuse_port());
    return door.local_endpoint();
}

/// Connects, however long the server takes to listen.
patio::async<std::string> ask(endpoint at) {
    for (;;) {
        try {
            stream peer = co_await patio::open_connection(at);
            std::string answer = co_await peer.read_all();
            co_return answer;
        } catch (const patio::error& failure) {
            if (failure.code() != std::errc::connection_refused) throw;
        }
        co_await patio::yield();
    }
}

class serving_on_each_loop : public patio::test_support::on_each_driver {};
PATIO_TEST_ON_EACH_DRIVER(serving_on_each_loop);

TEST_P(serving_on_each_loop, spreads_the_connections_with_the_same_handler) {
    const auto main = []() -> patio::async<> {
        const endpoint at = free_endpoint();
        std::set<std::string> loops;
        const auto ask_until_all_have_answered = [&](patio::task_group& group) -> patio::async<> {
            group.spawn(patio::serve_on_each_loop(at, tell_the_loop));
            while (loops.size() < 3) {
                std::string answer = co_await ask(at);
                loops.insert(std::move(answer));
            }
            group.cancel();
        };
        co_await patio::with_task_group(ask_until_all_have_answered);
        EXPECT_EQ(loops, (std::set<std::string>{"0", "1", "2"}));
        try {
            co_await patio::open_connection(at);
            ADD_FAILURE() << "a loop listens still";
        } catch (const patio::error& failure) {  // the expected way
            EXPECT_EQ(failure.code(), std::errc::connection_refused);
        }
    };
    patio::run(main(), options().loops(3));
}

TEST_P(serving_on_each_loop, works_with_one_loop) {
    const auto main = []() -> patio::async<> {
        const endpoint at = free_endpoint();
        const auto ask_once = [&](patio::task_group& group) -> patio::async<> {
            group.spawn(patio::serve_on_each_loop(at, tell_the_loop));
            const std::string answer = co_await ask(at);
            EXPECT_EQ(answer, "0");
            group.cancel();
        };
        co_await patio::with_task_group(ask_once);
    };
    patio::run(main(), options());
}

TEST_P(serving_on_each_loop, refuses_what_loops_cannot_share) {
    const auto main = []() -> patio::async<> {
        patio::event stop;
        const endpoint taken = endpoint::parse("127.0.0.1:9");
        int refusal_count = 0;
        for (int i = 0; i < 3; ++i) {
            try {
                auto serving = patio::serve_on_each_loop(
                    i == 0   ? any_port
                    : i == 1 ? endpoint::unix_socket("/tmp/x")
                             : taken,
                    tell_the_loop,
                    i == 2 ? patio::serve_options{}.stop_on(stop) : patio::serve_options{});
                co_await std::move(serving);
            } catch (const patio::usage_error&) {  // the expected way
                ++refusal_count;
            }
        }
        EXPECT_EQ(refusal_count, 3);
    };
    patio::run(main(), options());
}

}  // namespace
