// SPDX-License-Identifier: MIT

// The HTTP client on Patio, through its public headers only, with all that it does by default but
// to ask for compressed answers.
//
//     bench_http_patio_client [--driver=uring|epoll] URL REQUESTS CONNECTIONS | --about

#include "../support/harness.hpp"
#include "pages.hpp"
#include "patio_program.hpp"

#include <patio/http/http.hpp>
#include <patio/patio.hpp>

#include <cstddef>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

namespace {

namespace http = patio::http;

/// Asks as long as requests are left, which all askers share.
patio::async<> ask(http::client& over, const std::string& url, std::size_t& left) {
    while (left > 0) {
        --left;
        http::response page = co_await over.get(url);
        const std::string text = co_await page.raise_for_status().text();
        bench::expect(text == pages::plaintext, "the answer is the page");
    }
}

patio::async<> ask_all(std::string url, std::size_t requests, std::size_t connections) {
    http::client over{
        http::client_options{}.origin_connections_max(connections).without_decompression()};
    std::size_t left = requests;
    const auto askers = [&](patio::task_group& group) -> patio::async<> {
        for (std::size_t i = 0; i < connections; ++i)
            group.spawn(ask(over, url, left));
        co_return;
    };
    co_await patio::with_task_group(askers);
    std::printf("answers %zu\n", requests);
}

}  // namespace

int main(int argc, char** argv) {
    std::vector<std::string> words;
    patio::run_options options;
    if (!read_words(argc, argv, words, options)) return 0;
    if (words.size() != 3) return 3;
    patio::run(ask_all(words[0], std::stoul(words[1]), std::stoul(words[2])), options);
}
