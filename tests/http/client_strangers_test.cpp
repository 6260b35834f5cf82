// SPDX-License-Identifier: MIT

// Servers that are not ours, asked by our client: Python's http.server, Node; and Node's own
// client, undici, at our server.

#include "support/command.hpp"
#include "support/drivers.hpp"
#include "support/scratch.hpp"

#include <patio/http/http.hpp>
#include <patio/patio.hpp>

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace {

using namespace std::chrono_literals;
namespace http = patio::http;
using patio::async;
using patio::endpoint;
using patio::test_support::command;
using patio::test_support::has_program;
using patio::test_support::output_of;

class client_strangers : public patio::test_support::on_each_driver {};
PATIO_TEST_ON_EACH_DRIVER(client_strangers);

TEST_P(client_strangers, python_serves_files) {
    const patio::test_support::scratch_directory folder;
    std::string content;
    for (int i = 0; i < 100'000; ++i)
        content += std::to_string(i);
    (void)folder.make("large.txt", content);
    const auto main = [&]() -> async<> {
        // It ends with the pipe that it writes to, since the test closes its input.
        command serving{"cd " + folder.path() + R"( && exec timeout 60 python3 -u -c '
import http.server
class handler(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def log_message(self, *_): pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
print(server.server_address[1], flush=True)
for _ in range(2): server.handle_request()
')"};
        const std::string port =
            co_await patio::to_thread([&serving] { return serving.read_line(); });
        const std::string base = "http://127.0.0.1:" + port.substr(0, port.size() - 1);
        {
            http::client client{http::client_options{}.base_url(base)};
            http::response page = co_await client.get("/large.txt");
            EXPECT_EQ(page.status(), 200);
            const std::string text = co_await page.text();
            EXPECT_EQ(text, content);
            http::response missing = co_await client.get("/nothing");
            EXPECT_EQ(missing.status(), 404);
            co_await missing.body().discard();
        }
        const auto ended = co_await patio::as_outcome(http::get(base + "/large.txt"));
        (void)ended;  // lets it end
    };
    patio::run(main(), options());
}

TEST_P(client_strangers, node_serves_chunks_uploads_and_compressed_pages) {
    if (!has_program("node")) GTEST_SKIP() << "node is missing";
    const std::string script = R"('
const http = require("http"), zlib = require("zlib");
const server = http.createServer((asked, answer) => {
  if (asked.url === "/end") { answer.end("bye"); server.close(); return; }
  if (asked.url === "/gzip") {
    answer.setHeader("Content-Encoding", "gzip");
    answer.end(zlib.gzipSync("compressed ".repeat(1000)));
    return;
  }
  if (asked.url === "/away") { answer.writeHead(302, { Location: "/gzip" }); answer.end(); return; }
  if (asked.url === "/cut") {
    answer.writeHead(200, { "Content-Length": 100 });
    answer.write("part");
    setTimeout(() => answer.destroy(), 10);
    return;
  }
  let count = 0;
  asked.on("data", piece => { count += piece.length; answer.write("."); });
  asked.on("end", () => answer.end(String(count)));
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
')";
    const auto main = [&]() -> async<> {
        command serving{"timeout 60 node -e " + script};
        const std::string port =
            co_await patio::to_thread([&serving] { return serving.read_line(); });
        const std::string base = "http://127.0.0.1:" + port.substr(0, port.size() - 1);
        http::client client{http::client_options{}.base_url(base)};
        http::response gzip = co_await client.get("/away");
        const std::string text = co_await gzip.text();
        EXPECT_EQ(text.size(), 11'000U);
        EXPECT_EQ(gzip.redirects().size(), 1U);

        const auto pieces = []() -> patio::async_generator<std::string> {
            for (int i = 0; i < 50; ++i)
                co_yield std::string(1000, 'x');
        };
        http::response counted = co_await client.post("/", http::body{pieces()});
        const std::string count = co_await counted.text();
        EXPECT_EQ(count.substr(count.rfind('.') + 1), "50000");
        http::response large = co_await client.put("/", std::string(2'000'000, 'x'));
        const std::string size = co_await large.text();
        EXPECT_EQ(size.substr(size.rfind('.') + 1), "2000000");

        http::response cut = co_await client.get("/cut");
        const auto part = co_await patio::as_outcome(cut.text());
        EXPECT_FALSE(part.has_value());
        http::response bye = co_await client.get("/end");
        const std::string last = co_await bye.text();
        EXPECT_EQ(last, "bye");
    };
    patio::run(main(), options());
}

TEST_P(client_strangers, node_asks_our_server) {
    if (!has_program("node")) GTEST_SKIP() << "node is missing";
    const std::string script = R"('
(async () => {
  const base = process.argv[1];
  for (let i = 0; i < 3; ++i) console.log(await (await fetch(base + "/" + i)).text());
  const many = await Promise.all([...Array(100).keys()].map(i => fetch(base + "/" + i)));
  console.log(many.every(each => each.ok));
  const body = new ReadableStream({ start(to) {
    for (let i = 0; i < 10; ++i) to.enqueue(new Uint8Array(1000));
    to.close();
  } });
  const sent = await fetch(base + "/upload", { method: "POST", body, duplex: "half" });
  console.log(await sent.text());
})();
')";
    const auto main = [&]() -> async<> {
        const auto answer = [](http::request& asked) -> async<http::response> {
            const std::string text = co_await asked.text();
            co_return http::response{std::string{asked.path()} + " " + std::to_string(text.size())};
        };
        http::server site = co_await http::start_server(answer, endpoint::parse("127.0.0.1:0"));
        const std::string line =
            "timeout 60 node -e " + script + " http://127.0.0.1:" + std::to_string(site.port());
        const std::string said = co_await patio::to_thread(output_of, line);
        EXPECT_EQ(said, "/0 0\n/1 0\n/2 0\ntrue\n/upload 10000\n");
    };
    patio::run(main(), options());
}

}  // namespace
