// SPDX-License-Identifier: MIT

#include <patio/io/server.hpp>

#include "io/file_descriptor.hpp"
#include "io/socket_address.hpp"
#include "support/drivers.hpp"

#include <patio/patio.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <system_error>
#include <vector>

#include <sys/resource.h>
#include <unistd.h>

namespace {

using namespace std::chrono_literals;
using patio::endpoint;
using patio::listener;
using patio::serve_options;
using patio::server;
using patio::stream;

const endpoint any_port = endpoint::parse("127.0.0.1:0");

patio::async<> echo(stream peer) {
    while (auto line = co_await peer.read_line())
        co_await peer.write(*line, "\n");
}

patio::async<stream> connect_to(const server& to) {
    return patio::open_connection(to.endpoints().front());
}

patio::async<> expect_echo(stream& peer, std::string text) {
    co_await peer.write(text, "\n");
    const auto line = co_await peer.read_line();
    EXPECT_EQ(line, text);
}

class serving : public patio::test_support::on_each_driver {
protected:
    std::vector<std::string> reports;
    patio::run_options keeping_reports() {
        return options().on_report(
            [this](const patio::report& what) { reports.emplace_back(what.text()); });
    }
};
PATIO_TEST_ON_EACH_DRIVER(serving);

TEST_P(serving, handles_many_connections_at_once) {
    const auto main = []() -> patio::async<> {
        server echoes = co_await patio::start_server(echo, any_port);
        std::vector<stream> peers;
        for (int i = 0; i < 100; ++i) {
            stream peer = co_await connect_to(echoes);
            peers.push_back(std::move(peer));
        }
        for (std::size_t i = 0; i < peers.size(); ++i)
            co_await expect_echo(peers[i], "hello " + std::to_string(i));
        EXPECT_EQ(echoes.connection_count(), 100U);
        peers.clear();
        echoes.stop();
        co_await echoes.wait_closed();
        EXPECT_EQ(echoes.connection_count(), 0U);
    };
    patio::run(main(), options());
}

TEST_P(serving, goes_on_while_one_handler_waits_for_its_peer) {
    const auto main = []() -> patio::async<> {
        server echoes = co_await patio::start_server(echo, any_port);
        stream silent = co_await connect_to(echoes);
        stream peer = co_await connect_to(echoes);
        co_await expect_echo(peer, "hello");
    };
    patio::run(main(), options());
}

TEST_P(serving, keeps_its_handler_with_all_that_it_has_captured) {
    const auto main = []() -> patio::async<> {
        std::string greeting(1000, 'x');
        auto greet = [greeting](stream peer) -> patio::async<> { co_await peer.write(greeting); };
        server greets = co_await patio::start_server(std::move(greet), any_port);
        for (int i = 0; i < 3; ++i) {
            stream peer = co_await connect_to(greets);
            const std::string text = co_await peer.read_all();
            EXPECT_EQ(text, greeting);
        }
    };
    patio::run(main(), options());
}

TEST_P(serving, listens_at_several_endpoints) {
    const auto main = []() -> patio::async<> {
        std::vector<listener> doors;
        doors.push_back(listener::open(any_port));
        doors.push_back(listener::open(endpoint::parse("[::1]:0")));
        server echoes = co_await patio::start_server(echo, std::move(doors));
        EXPECT_EQ(echoes.endpoints().size(), 2U);
        for (const endpoint& at : echoes.endpoints()) {
            stream peer = co_await patio::open_connection(at);
            co_await expect_echo(peer, at.to_string());
        }
    };
    patio::run(main(), options());
}

TEST_P(serving, takes_no_more_connections_than_its_limit) {
    const auto main = []() -> patio::async<> {
        server echoes =
            co_await patio::start_server(echo, any_port, serve_options{}.connections_max(2));
        stream first = co_await connect_to(echoes);
        stream second = co_await connect_to(echoes);
        co_await expect_echo(first, "1");
        co_await expect_echo(second, "2");
        stream third = co_await connect_to(echoes);  // the kernel's queue takes it
        co_await third.write("3\n");
        const auto early = co_await patio::move_on_after(2ms, third.read_line());
        EXPECT_FALSE(early.has_value());
        EXPECT_EQ(echoes.connection_count(), 2U);
        first.abort();
        const auto line = co_await third.read_line();
        EXPECT_EQ(line, "3");
    };
    patio::run(main(), options());
}

// --- handlers that fail

TEST_P(serving, survives_a_handler_that_throws_and_reports_it) {
    const auto fails = [](stream peer) -> patio::async<> {
        co_await peer.read_line();
        throw std::runtime_error{"the handler's own"};
    };
    const auto main = [&]() -> patio::async<> {
        server failing = co_await patio::start_server(fails, any_port);
        for (int i = 0; i < 2; ++i) {
            stream peer = co_await connect_to(failing);
            co_await peer.write("x\n");
            const std::string rest = co_await peer.read_all();
            EXPECT_EQ(rest, "");
        }
    };
    patio::run(main(), keeping_reports());
    EXPECT_EQ(reports,
              (std::vector<std::string>(2, "a connection's handler failed: the handler's own")));
}

TEST_P(serving, says_nothing_of_peers_that_go_away) {
    const auto wants_more = [](stream peer) -> patio::async<> {
        const std::string text = co_await peer.read_exactly(10);
        co_await peer.write(text);
    };
    const auto main = [&]() -> patio::async<> {
        server waiting = co_await patio::start_server(wants_more, any_port);
        for (int i = 0; i < 2; ++i) {
            stream peer = co_await connect_to(waiting);
            co_await peer.write("short");
            if (i == 0) {
                const linger reset{1, 0};
                ::setsockopt(peer.native_handle(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
            }
        }
        while (waiting.connection_count() == 0)
            co_await patio::yield();
        while (waiting.connection_count() > 0)
            co_await patio::yield();
    };
    patio::run(main(), keeping_reports());
    EXPECT_THAT(reports, testing::IsEmpty());
}

// --- the end

TEST_P(serving, stops_when_the_last_handler_has_ended) {
    const auto main = []() -> patio::async<> {
        server echoes = co_await patio::start_server(echo, any_port);
        stream peer = co_await connect_to(echoes);
        co_await expect_echo(peer, "before");
        echoes.stop();
        auto closed = patio::create_task(echoes.wait_closed());
        co_await patio::sleep(1ms);
        EXPECT_FALSE(closed.done()) << "a connection was still being served";
        try {
            co_await connect_to(echoes);
            ADD_FAILURE() << "a stopped server has accepted";
        } catch (const patio::error& e) {  // the expected way
            EXPECT_EQ(e.code(), std::errc::connection_refused);
        }
        co_await expect_echo(peer, "after");
        co_await peer.shutdown();
        co_await closed;
    };
    patio::run(main(), options());
}

TEST_P(serving, cancels_handlers_after_the_grace_time) {
    const auto main = []() -> patio::async<> {
        server echoes = co_await patio::start_server(echo, any_port, serve_options{}.grace(1ms));
        stream peer = co_await connect_to(echoes);
        co_await expect_echo(peer, "hello");
        echoes.stop();
        co_await echoes.wait_closed();
        const auto line = co_await peer.read_line();
        EXPECT_FALSE(line.has_value()) << "its end was not sent";
    };
    patio::run(main(), options());
}

TEST_P(serving, stops_on_an_event) {
    const auto main = []() -> patio::async<> {
        patio::event stop;
        patio::event has_served;
        auto once = [&](stream) -> patio::async<> {
            has_served.set();
            co_return;
        };
        listener door = listener::open(any_port);
        const endpoint at = door.local_endpoint();
        auto running =
            patio::create_task(patio::serve(std::move(door), once, serve_options{}.stop_on(stop)));
        stream peer = co_await patio::open_connection(at);
        co_await has_served.wait();
        EXPECT_FALSE(running.done());
        stop.set();
        co_await running;
    };
    patio::run(main(), options());
}

TEST_P(serving, cancels_its_handlers_when_it_is_cancelled) {
    const auto main = []() -> patio::async<> {
        listener door = listener::open(any_port);
        const endpoint at = door.local_endpoint();
        std::vector<stream> peers;
        co_await patio::with_task_group([&](patio::task_group& group) -> patio::async<> {
            group.spawn(patio::serve(std::move(door), echo));
            for (int i = 0; i < 3; ++i) {
                stream peer = co_await patio::open_connection(at);
                co_await expect_echo(peer, "hello");
                peers.push_back(std::move(peer));
            }
            group.cancel();
        });
        for (stream& peer : peers) {
            const auto line = co_await peer.read_line();
            EXPECT_FALSE(line.has_value());
        }
    };
    patio::run(main(), options());
}

TEST_P(serving, fails_with_what_the_endpoint_says) {
    const auto main = []() -> patio::async<> {
        const listener door = listener::open(any_port);
        co_await patio::serve(door.local_endpoint(), echo);
    };
    try {
        patio::run(main(), options());
        ADD_FAILURE() << "two listen at one port";
    } catch (const patio::error& e) {  // the expected way
        EXPECT_EQ(e.code(), std::errc::address_in_use);
    }
}

// --- shortage

/// No more descriptors can be opened while it lives.
class descriptor_shortage {
public:
    descriptor_shortage() {
        // UBSan looks at an object's memory through a pipe when it meets its type for the first
        // time, and takes the object for broken when it cannot have one.
        EXPECT_STRNE(patio::error(patio::errc::closed, "").what(), "");
        EXPECT_NE(patio::error::from_errno(EMFILE, "").code(), std::error_code{});
        ::getrlimit(RLIMIT_NOFILE, &before_);
        rlimit few = before_;
        const int next = ::dup(0);
        few.rlim_cur = static_cast<rlim_t>(next);
        ::close(next);
        ::setrlimit(RLIMIT_NOFILE, &few);
    }
    descriptor_shortage(const descriptor_shortage&) = delete;
    descriptor_shortage& operator=(const descriptor_shortage&) = delete;
    ~descriptor_shortage() { ::setrlimit(RLIMIT_NOFILE, &before_); }

private:
    rlimit before_{};
};

TEST_P(serving, waits_without_spinning_while_descriptors_are_short) {
    const auto main = [&]() -> patio::async<> {
        server echoes = co_await patio::start_server(echo, any_port);
        co_await patio::yield();
        const patio::detail::file_descriptor client{
            ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
        const patio::detail::socket_address address{echoes.endpoints().front()};
        {
            const descriptor_shortage shortage;
            ::connect(client.value(), address.data(), address.length);
            const std::uint64_t before = patio::this_thread_loop().turn_count();
            co_await patio::sleep(20ms);
            EXPECT_LT(patio::this_thread_loop().turn_count(), before + 10) << "it spins";
            EXPECT_EQ(echoes.connection_count(), 0U);
        }
        while (echoes.connection_count() == 0)
            co_await patio::sleep(10ms);
    };
    patio::run(main(), keeping_reports());
    EXPECT_THAT(reports, testing::ElementsAre(testing::StartsWith(
                             "a server accepts no more connections until there is room:")));
}

}  // namespace
