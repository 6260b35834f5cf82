// SPDX-License-Identifier: MIT

// Waiting for a network: twenty slow pages of a server on this machine.

#include "stations.hpp"

#include <patio/http/http.hpp>
#include <patio/patio.hpp>

#include <string>
#include <utility>
#include <vector>

using namespace std::chrono_literals;
using tour::timeline;
namespace http = patio::http;

namespace {

constexpr int page_count = 20;

// show: site
patio::async<http::response> slow_page(http::request& asked) {
    co_await patio::sleep(100ms);  // a database, a slow disk, a long way
    co_return http::response{"page " + std::string{asked.path()}};
}
// end

// show: fetch
patio::async<std::size_t> fetch(http::client& client, std::string path, timeline& line) {
    const timeline::bar bar{line, path};
    http::response page = co_await client.get(path);
    const std::string text = co_await page.text();
    co_return text.size();
}
// end

/// What was measured.
struct measured {
    timeline slow;
    timeline fast;
    std::size_t bytes[2] = {0, 0};
};

std::string path_of(int page) { return "/" + std::to_string(page); }

// show: sequential
patio::async<std::size_t> one_by_one(http::client& client, timeline& line) {
    std::size_t bytes = 0;
    for (int page = 1; page <= page_count; ++page)
        bytes += co_await fetch(client, path_of(page), line);
    co_return bytes;
}
// end

// show: concurrent
patio::async<std::size_t> all_at_once(http::client& client, timeline& line) {
    std::vector<patio::async<std::size_t>> fetches;
    for (int page = 1; page <= page_count; ++page)
        fetches.push_back(fetch(client, path_of(page), line));
    std::size_t bytes = 0;
    for (const std::size_t each : co_await patio::gather(std::move(fetches)))
        bytes += each;
    co_return bytes;
}
// end

patio::async<> visit(measured& into) {
    const auto here = patio::endpoint::parse("127.0.0.1:0");
    http::server site = co_await http::start_server(slow_page, here);
    const std::string base = "http://127.0.0.1:" + std::to_string(site.port());
    http::client client{http::client_options{}.base_url(base)};
    into.bytes[0] = co_await one_by_one(client, into.slow);
    into.bytes[1] = co_await all_at_once(client, into.fast);
    site.stop();
    co_await site.wait_closed();
}

}  // namespace

void tour::pages(stage& out) {
    out.say("Real sockets: a server in this program, each of whose pages takes 100 ms.");
    out.code("site");
    out.code("fetch");
    measured both;
    patio::run(visit(both));
    out.say("Twenty pages, one after another:");
    out.code("sequential");
    out.draw(both.slow);
    out.say("\nAll at once:");
    out.code("concurrent");
    out.draw(both.fast, both.slow.seconds());
    out.say(
        text("\n%.2f s became %.2f s. No thread was started: neither for the server nor for "
             "the twenty who asked it.",
             both.slow.seconds(), both.fast.seconds()));
    out.promise(both.fast.seconds() < 0.25 * both.slow.seconds(),
                "twenty pages at once took less than a quarter of the time");
    out.promise(both.bytes[0] > 0 && both.bytes[0] == both.bytes[1], "both got the same pages");
}
