// SPDX-License-Identifier: MIT

// Conversations with programs that are not ours: curl, socat, netcat, Python's asyncio.

#include "support/command.hpp"
#include "support/drivers.hpp"
#include "support/scratch.hpp"

#include <patio/patio.hpp>

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace {

using namespace std::chrono_literals;
using patio::endpoint;
using patio::server;
using patio::stream;
using patio::test_support::command;
using patio::test_support::output_of;

const endpoint any_port = endpoint::parse("127.0.0.1:0");

/// What a command that speaks to `to` says; $HOST and $PORT are where that listens.
patio::async<std::string> converse(const server& to, std::string line) {
    const std::string where = "HOST=127.0.0.1 PORT=" + std::to_string(to.port()) + "; ";
    std::string said = co_await patio::to_thread(output_of, where + line);
    co_return said;
}

patio::async<> echo(stream peer) {
    while (auto line = co_await peer.read_line())
        co_await peer.write(*line, "\n");
}

class peers : public patio::test_support::on_each_driver {};
PATIO_TEST_ON_EACH_DRIVER(peers);

TEST_P(peers, named_curl_read_what_a_server_says) {
    const auto answer = [](stream peer) -> patio::async<> {
        const auto head = co_await peer.read_until("\r\n\r\n");
        EXPECT_TRUE(head && head->starts_with("GET /page HTTP/1.1\r\n"));
        co_await peer.write("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 6\r\n\r\n",
                            "hello\n");
    };
    const auto main = [&]() -> patio::async<> {
        server pages = co_await patio::start_server(answer, any_port);
        const std::string page =
            co_await converse(pages, "curl -s --max-time 20 http://$HOST:$PORT/page");
        EXPECT_EQ(page, "hello\n");
    };
    patio::run(main(), options());
}

TEST_P(peers, named_socat_and_netcat_are_echoed) {
    const auto main = []() -> patio::async<> {
        server echoes = co_await patio::start_server(echo, any_port);
        std::string said =
            co_await converse(echoes, "printf 'one\\ntwo\\n' | socat -t 20 - TCP:$HOST:$PORT");
        EXPECT_EQ(said, "one\ntwo\n");
        said = co_await converse(echoes, "printf 'three\\n' | nc -N -w 20 $HOST $PORT");
        EXPECT_EQ(said, "three\n");
    };
    patio::run(main(), options());
}

TEST_P(peers, named_socat_are_met_at_unix_sockets) {
    const patio::test_support::scratch_directory directory;
    const auto main = [&]() -> patio::async<> {
        const std::string path = directory.path() + "/door";
        server echoes = co_await patio::start_server(echo, endpoint::unix_socket(path));
        const std::string line = "printf 'hello\\n' | socat -t 20 - UNIX-CONNECT:" + path;
        const std::string said = co_await patio::to_thread(output_of, line);
        EXPECT_EQ(said, "hello\n");
    };
    patio::run(main(), options());
}

TEST_P(peers, that_send_megabytes_get_them_all_back) {
    const auto main = []() -> patio::async<> {
        const auto copy_back = [](stream peer) -> patio::async<> {
            std::vector<char> buffer(1 << 14);
            while (const std::size_t count = co_await peer.read_some(buffer))
                co_await peer.write(patio::byte_view{buffer}.first(count));
        };
        server echoes = co_await patio::start_server(copy_back, any_port);
        const std::string said = co_await converse(
            echoes, "head -c 8000000 /dev/zero | socat -t 20 - TCP:$HOST:$PORT | wc -c");
        EXPECT_EQ(said, "8000000\n");
    };
    patio::run(main(), options());
}

TEST_P(peers, that_are_asyncio_clients_are_served) {
    const char* const script = R"(python3 -c '
import asyncio, os
async def main():
    reader, writer = await asyncio.open_connection(os.environ["HOST"], int(os.environ["PORT"]))
    writer.write(b"hello\npatio\n")
    await writer.drain()
    writer.write_eof()
    print((await reader.read()).decode().upper(), end="")
    writer.close()
    await writer.wait_closed()
asyncio.run(main())'
)";
    const auto main = [&]() -> patio::async<> {
        server echoes = co_await patio::start_server(echo, any_port);
        const std::string said =
            co_await converse(echoes, std::string{"export HOST PORT; "} + script);
        EXPECT_EQ(said, "HELLO\nPATIO\n");
    };
    patio::run(main(), options());
}

TEST_P(peers, that_are_asyncio_servers_are_spoken_to) {
    const char* const script = R"(python3 -c '
import asyncio
async def main():
    done = asyncio.Event()
    async def handle(reader, writer):
        while line := await reader.readline():
            writer.write(line.upper())
        await writer.drain()
        writer.close()
        await writer.wait_closed()
        done.set()
    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.wait_for(done.wait(), 60)
asyncio.run(main())'
)";
    const auto main = [&]() -> patio::async<> {
        command asyncio{script};
        const std::string port = co_await patio::to_thread([&] { return asyncio.read_line(); });
        EXPECT_EQ(port.find_first_not_of("0123456789\n"), std::string::npos) << port;
        auto opening =
            patio::open_connection("127.0.0.1", static_cast<std::uint16_t>(std::stoi(port)));
        stream peer = co_await std::move(opening);
        co_await peer.write("hello\n", "patio\n");
        co_await peer.shutdown();
        const std::string all = co_await peer.read_all();
        EXPECT_EQ(all, "HELLO\nPATIO\n");
        const std::string rest = co_await patio::to_thread([&] { return asyncio.read_all(); });
        EXPECT_EQ(rest, "");
    };
    patio::run(main(), options());
}

}  // namespace
