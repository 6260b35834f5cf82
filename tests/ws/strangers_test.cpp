// SPDX-License-Identifier: MIT

// The npm package ws, as a client and as a server of ours.

#include "support/command.hpp"
#include "support/drivers.hpp"

#include <patio/http/http.hpp>
#include <patio/patio.hpp>
#include <patio/ws/ws.hpp>

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace {

using namespace std::chrono_literals;
namespace http = patio::http;
namespace ws = patio::ws;
using patio::async;
using patio::endpoint;
using patio::test_support::command;
using patio::test_support::output_of;

/// Debian's modules of Node are here.
constexpr const char* node = "NODE_PATH=/usr/share/nodejs timeout 60 node -e ";

bool has_node_ws() {
    return output_of(std::string{node} + "'require(\"ws\"); console.log(\"yes\")'") == "yes\n";
}

async<> echo(ws::connection peer) {
    for (;;) {
        auto message = co_await peer.receive();
        if (!message) co_return;
        co_await peer.send(std::move(*message));
    }
}

class websocket_strangers : public patio::test_support::on_each_driver {};
PATIO_TEST_ON_EACH_DRIVER(websocket_strangers);

TEST_P(websocket_strangers, node_talks_to_our_server) {
    if (!has_node_ws()) GTEST_SKIP() << "Debian's package is node-ws";
    const std::string script = R"('
const { WebSocket } = require("ws");
const peer = new WebSocket(process.argv[1], { perMessageDeflate: process.argv[2] === "deflate" });
const large = "größer ".repeat(20000);
const sent = ["one", "", large, Buffer.alloc(100000, 7)];
let heard = 0;
peer.on("open", () => { for (const each of sent) peer.send(each); peer.ping("x"); });
peer.on("pong", data => console.log("pong", data.toString()));
peer.on("message", (data, isBinary) => {
  const wanted = sent[heard];
  const same = isBinary ? data.equals(wanted) : data.toString() === wanted;
  console.log(heard, isBinary, same);
  if (++heard === sent.length) peer.close(4000, "enough");
});
peer.on("close", (code, reason) => console.log("closed", code, reason.toString()));
peer.on("error", error => console.log("error", error.message));
')";
    const auto main = [&]() -> async<> {
        const auto site = [](http::request& asked) { return ws::accept(asked, echo); };
        http::server serving = co_await http::start_server(site, endpoint::parse("127.0.0.1:0"));
        const std::string url = " ws://127.0.0.1:" + std::to_string(serving.port()) + "/";
        for (const std::string how : {" plain", " deflate"}) {
            const std::string line = node + script + url + how;
            const std::string said = co_await patio::to_thread(output_of, line);
            EXPECT_NE(said.find("pong x\n"), std::string::npos) << said;
            for (const char* wanted : {"0 false true\n", "1 false true\n", "2 false true\n",
                                       "3 true true\n", "closed 4000"}) {
                EXPECT_NE(said.find(wanted), std::string::npos) << wanted << said;
            }
        }
    };
    patio::run(main(), options());
}

TEST_P(websocket_strangers, our_client_talks_to_node) {
    if (!has_node_ws()) GTEST_SKIP() << "Debian's package is node-ws";
    const std::string script = R"('
const { WebSocketServer } = require("ws");
const server = new WebSocketServer({ host: "127.0.0.1", port: 0, perMessageDeflate: true });
server.on("listening", () => console.log(server.address().port));
server.on("connection", peer => {
  peer.on("message", (data, isBinary) => peer.send(data, { binary: isBinary }));
  peer.on("close", (code, reason) => { console.log(code, reason.toString()); server.close(); });
});
')";
    const auto main = [&]() -> async<> {
        command serving{node + script};
        const std::string port =
            co_await patio::to_thread([&serving] { return serving.read_line(); });
        ws::connection peer =
            co_await ws::connect("ws://127.0.0.1:" + port.substr(0, port.size() - 1) + "/");
        EXPECT_TRUE(peer.is_compressed());
        const std::string large(300'000, 'x');
        for (const std::string& text : {std::string{"one"}, std::string{}, large}) {
            co_await peer.send(text);
            const auto heard = co_await peer.receive();
            EXPECT_EQ(heard.value().data, text);
        }
        co_await peer.close(ws::close_code::normal, "enough");
        const std::string said =
            co_await patio::to_thread([&serving] { return serving.read_all(); });
        EXPECT_EQ(said, "1000 enough\n");
    };
    patio::run(main(), options());
}

}  // namespace
