// SPDX-License-Identifier: MIT

// Connections through the kernel, encrypted ones, and Python's websockets at the other side.

#include "support/connections.hpp"
#include "support/drivers.hpp"
#include "support/tls_pair.hpp"
#include "support/ws_pair.hpp"

#include <patio/patio.hpp>
#include <patio/ws/connection.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace {

using namespace std::chrono_literals;
using patio::stream;
using patio::test_support::accept_websocket;
using patio::test_support::connect_websocket;
using patio::ws::accept_options;
using patio::ws::close_code;
using patio::ws::connect_options;
using patio::ws::connection;
using patio::ws::connection_options;
using patio::ws::deflate_options;
using patio::ws::message;
using patio::ws::message_kind;

const patio::endpoint any_port = patio::endpoint::parse("127.0.0.1:0");

connection_options open_handed() {
    return connection_options{}
        .message_bytes_max(std::uint64_t{1} << 30)
        .compression(deflate_options{}.threshold_bytes(100));
}

patio::async<> echo(stream peer) {
    accept_options options;
    options.subprotocols({"echo"}).connection(open_handed());
    connection client = co_await accept_websocket(std::move(peer), options);
    while (auto next = co_await client.receive())
        co_await client.send(std::move(*next));
}

patio::async<connection> connect_to(const patio::server& to) {
    stream line = co_await patio::open_connection(to.endpoints().front());
    connect_options options;
    options.subprotocols({"echo"}).connection(open_handed());
    connection made = co_await connect_websocket(std::move(line), options);
    co_return made;
}

/// Sends while it receives: a long message does not fit into the kernel.
patio::async<> expect_echo(connection& peer, message sent) {
    auto both = patio::gather(peer.send(sent), peer.receive());
    const auto [none, back] = co_await std::move(both);
    EXPECT_TRUE(back == sent) << sent.data.size() << " bytes";
}

class over_sockets : public patio::test_support::on_each_driver {};
PATIO_TEST_ON_EACH_DRIVER(over_sockets);

TEST_P(over_sockets, short_and_long_messages_come_back) {
    const auto main = []() -> patio::async<> {
        patio::server echoes = co_await patio::start_server(echo, any_port);
        connection peer = co_await connect_to(echoes);
        EXPECT_EQ(peer.subprotocol(), "echo");
        for (const std::size_t size : {0U, 1U, 99U, 100U, 5000U, 70'000U, 2'000'000U}) {
            co_await expect_echo(peer, message::text(std::string(size, 'x')));
            std::string noise = patio::test_support::noise(size);
            co_await expect_echo(peer, message::binary(std::move(noise)));
        }
        co_await peer.close();
        EXPECT_EQ(peer.close_code(), close_code::normal);
        echoes.stop();
        co_await echoes.wait_closed();
    };
    patio::run(main(), options());
}

TEST_P(over_sockets, many_connections_live_at_once) {
    const auto main = []() -> patio::async<> {
        patio::server echoes = co_await patio::start_server(echo, any_port);
        const auto guest = [&](int number) -> patio::async<> {
            connection peer = co_await connect_to(echoes);
            for (int i = 0; i < 20; ++i)
                co_await expect_echo(peer, message::text(std::to_string(number * i)));
            co_await peer.close();
        };
        const auto all = [&](patio::task_group& group) -> patio::async<> {
            for (int i = 0; i < 50; ++i)
                group.spawn(guest, i);
            co_return;
        };
        co_await patio::with_task_group(all);
    };
    patio::run(main(), options());
}

TEST_P(over_sockets, a_peer_that_vanishes_is_noticed) {
    const auto main = []() -> patio::async<> {
        auto [ours, theirs] = co_await patio::test_support::tcp_connection();
        auto accepting = patio::create_task(accept_websocket(std::move(theirs), accept_options{}));
        {
            connection gone = co_await connect_websocket(std::move(ours), connect_options{});
            co_await gone.send("last words");
        }
        connection left = co_await std::move(accepting);
        const auto words = co_await left.receive();
        EXPECT_EQ(words->data, "last words");
        try {
            co_await left.receive();
            ADD_FAILURE() << "there was no goodbye";
        } catch (const patio::ws::connection_closed& failure) {
            EXPECT_EQ(failure.close_code(), close_code::abnormal);
        }
    };
    patio::run(main(), options());
}

TEST_P(over_sockets, encrypted_connections_close_in_order) {
    const auto main = []() -> patio::async<> {
        const auto client_tls = patio::test_support::trusting_client();
        const auto server_tls = patio::test_support::example_server();
        auto [ours, theirs] = co_await patio::test_support::tcp_connection();
        co_await patio::gather(client_tls.start(ours, "example.org"), server_tls.start(theirs, {}));
        auto serving = patio::create_task(echo(std::move(theirs)));
        connect_options options;
        options.connection(open_handed());
        connection peer = co_await connect_websocket(std::move(ours), options);
        co_await expect_echo(peer, message::text("hello"));
        co_await expect_echo(peer, message::binary(std::string(1'000'000, 'x')));
        auto received = patio::create_task(peer.receive());
        co_await peer.ping();
        co_await peer.close();
        const auto none = co_await received;
        EXPECT_FALSE(none.has_value());
        co_await serving;
    };
    patio::run(main(), options());
}

// --- strangers

/// What a script prints that is given a port, or nothing where websockets is not installed.
patio::async<std::string> python(std::string script, std::uint16_t port) {
    patio::process_options program{"/usr/bin/python3", "-c", std::move(script),
                                   std::to_string(port)};
    program.std_out(patio::redirect::pipe()).std_err(patio::redirect::pipe());
    const patio::process_output output = co_await patio::run_process(std::move(program));
    co_return output.out + output.err;
}

constexpr const char* talk = R"(
import asyncio, os, sys
try:
    import websockets
except ImportError:
    print('missing'); sys.exit()
async def talk(peer):
    for size in 0, 1, 125, 126, 5000, 70000, 1000000:
        await peer.send('é' * size); assert await peer.recv() == 'é' * size, size
        noise = os.urandom(size)
        await peer.send(noise); assert await peer.recv() == noise, size
    await peer.send(['in ', 'three ', 'parts']); assert await peer.recv() == 'in three parts'
    await asyncio.wait_for(await peer.ping(), 10)
)";

TEST_P(over_sockets, a_client_in_python_is_served) {
    std::string said;
    const auto main = [&said]() -> patio::async<> {
        patio::server echoes = co_await patio::start_server(echo, any_port);
        const std::string script = std::string{talk} + R"(
async def main():
    for compression in None, 'deflate':
        at = 'ws://127.0.0.1:%s/' % sys.argv[1]
        peer = await websockets.connect(at, subprotocols=['x', 'echo'], compression=compression,
                                        max_size=None)
        assert peer.subprotocol == 'echo'
        assert bool(peer.extensions) == bool(compression)
        await talk(peer)
        await peer.close(4000, 'enough')
        print(peer.close_code)
asyncio.run(main())
)";
        said = co_await python(script, echoes.port());
    };
    patio::run(main(), options());
    if (said == "missing\n") GTEST_SKIP() << "python3-websockets is not installed";
    EXPECT_EQ(said, "4000\n4000\n");
}

TEST_P(over_sockets, a_server_in_python_is_understood) {
    bool is_missing = false;
    const auto main = [&is_missing]() -> patio::async<> {
        const std::string script = std::string{talk} + R"(
async def echo(peer, *path):
    async for message in peer:
        await peer.send(message)
async def main():
    async with websockets.serve(echo, '127.0.0.1', 0, subprotocols=['echo'],
                                max_size=None) as server:
        print(server.sockets[0].getsockname()[1], flush=True)
        await asyncio.sleep(100)
asyncio.run(main())
)";
        patio::process_options program{"/usr/bin/python3", "-c", script};
        program.std_out(patio::redirect::pipe());
        patio::process serving = co_await patio::start_process(std::move(program));
        const auto line = co_await serving.std_out().read_line();
        is_missing = line == "missing";
        if (is_missing || !line) co_return;
        const patio::endpoint at = patio::endpoint::parse("127.0.0.1:" + *line);
        stream wire = co_await patio::open_connection(at);
        connect_options options;
        options.subprotocols({"echo"}).connection(open_handed());
        connection peer = co_await connect_websocket(std::move(wire), options);
        EXPECT_EQ(peer.subprotocol(), "echo");
        EXPECT_TRUE(peer.is_compressed());
        for (const std::size_t size : {0U, 1U, 126U, 5000U, 70'000U, 1'000'000U})
            co_await expect_echo(peer, message::text(std::string(size, 'x')));
        auto out = co_await peer.begin_message(message_kind::text);
        co_await out.write("in ");
        co_await out.write("parts");
        co_await out.end();
        const auto whole = co_await peer.receive();
        EXPECT_EQ(whole->data, "in parts");
        co_await peer.close(close_code::going_away, "enough");
        EXPECT_EQ(peer.close_code(), close_code::going_away);
        co_await serving.stop();
    };
    patio::run(main(), options());
    if (is_missing) GTEST_SKIP() << "python3-websockets is not installed";
}

}  // namespace
