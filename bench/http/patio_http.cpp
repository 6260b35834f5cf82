// SPDX-License-Identifier: MIT

// The HTTP server on Patio, through its public headers only, with every limit on.
//
//     bench_http_patio [--driver=uring|epoll] http PAGE [FILE] | https PAGE CERTIFICATE KEY
//     bench_http_patio [--driver=uring|epoll] --about

#include "pages.hpp"
#include "patio_program.hpp"

#include <patio/http/server.hpp>
#include <patio/patio.hpp>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace {

namespace http = patio::http;

constexpr std::size_t clients_max = 4096;
constexpr double requests_per_second_max = 1e9;
constexpr std::size_t burst_max = 1'000'000'000;

http::response answer(http::request& asked) {
    if (asked.path() == "/plaintext") return pages::plaintext;
    if (asked.path() == "/json") return http::response::json(pages::json);
    return http::response{404};
}

patio::async<http::response> answer_with_file(http::request& asked, std::string file) {
    if (asked.path() != "/file") co_return answer(asked);
    auto opening = http::body::from_file(std::move(file));
    http::body content = co_await std::move(opening);
    http::response made{std::move(content)};
    made.with("Content-Type", "application/octet-stream");
    co_return made;
}

std::unique_ptr<http::handler> make_site(std::string file) {
    if (file.empty()) return http::make_handler(&answer);
    return http::make_handler(
        [file = std::move(file)](http::request& asked) { return answer_with_file(asked, file); });
}

patio::async<> serve(std::string file, http::serve_options options) {
    auto serving = http::serve(open_door(), make_site(std::move(file)), options);
    co_await std::move(serving);
}

}  // namespace

int main(int argc, char** argv) {
    std::vector<std::string> words;
    patio::run_options options;
    if (!read_words(argc, argv, words, options)) return 0;
    const bool is_plain = words.size() >= 2 && words.size() <= 3 && words[0] == "http";
    const bool is_secure = words.size() == 4 && words[0] == "https";
    if (!is_plain && !is_secure) return 3;
    http::serve_options limits;
    limits.connections_max(clients_max).connections_per_address_max(clients_max);
    limits.requests_per_second_max(requests_per_second_max, burst_max);
    patio::tls::server_context context;
    if (is_secure) {
        context.load_cert_chain(words[2], words[3]);
        limits.tls(context);
    }
    patio::run(serve(is_plain && words.size() == 3 ? words[2] : std::string{}, limits), options);
}
