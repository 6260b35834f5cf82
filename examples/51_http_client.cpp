// SPDX-License-Identifier: MIT

// Asking servers: many pages at once over few connections, limits in time, what goes wrong.
// 51_http_client [URL…]. Without an argument it asks a server of its own.

#include <patio/http/http.hpp>
#include <patio/patio.hpp>

#include <cstdio>
#include <string>
#include <utility>
#include <vector>

namespace http = patio::http;
using namespace std::chrono_literals;

patio::async<std::string> fetch(http::client& client, std::string url) {
    try {
        http::response page = co_await client.get(url);
        const std::string text = co_await page.raise_for_status().text();
        co_return std::to_string(text.size()) + " bytes";
    } catch (const patio::error& failure) {
        co_return failure.what();
    }
}

patio::async<> fetch_all(std::vector<std::string> urls) {
    http::client client{http::client_options{}.timeout(500ms).origin_connections_max(4)};
    std::vector<patio::async<std::string>> fetches;
    for (const std::string& url : urls)
        fetches.push_back(fetch(client, url));
    const std::vector<std::string> results = co_await patio::gather(std::move(fetches));
    for (std::size_t i = 0; i < urls.size(); ++i)
        std::printf("%s: %s\n", urls[i].c_str(), results[i].c_str());
    std::printf("%zu connections\n", client.connection_count());
}

// --- a server to ask

patio::async<http::response> answer(http::request& asked) {
    if (asked.path() == "/slow") co_await patio::sleep(10s);
    if (asked.path() == "/old") co_return http::response::redirect("/");
    if (asked.path() == "/gone") co_return http::response{410};
    co_return http::response{std::string(1000, 'x')};
}

patio::async<> demonstrate() {
    const auto here = patio::endpoint::parse("127.0.0.1:0");
    http::server serving = co_await http::start_server(answer, here);
    const std::string base = "http://localhost:" + std::to_string(serving.port());
    std::vector<std::string> urls;
    for (const char* path : {"/", "/old", "/gone", "/slow"})
        urls.push_back(base + path);
    urls.push_back("http://localhost:1/");
    co_await fetch_all(std::move(urls));
}

int main(int count, char** arguments) {
    if (count > 1) {
        patio::run(fetch_all({arguments + 1, arguments + count}));
    } else {
        patio::run(demonstrate());
    }
}
