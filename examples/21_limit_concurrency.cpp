// SPDX-License-Identifier: MIT

// Many pages, at most three at a time: workers that share one list.

#include <patio/patio.hpp>

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

using namespace std::chrono_literals;

int running = 0;
int most = 0;

patio::async<std::string> fetch(std::string url) {
    most = std::max(most, ++running);
    co_await patio::sleep(5ms);
    --running;
    co_return "the text of " + url;
}

/// Takes what is left until nothing is. Nobody else runs between the test and `next++`.
patio::async<> work(const std::vector<std::string>& urls, std::size_t& next,
                    std::vector<std::string>& pages) {
    while (next < urls.size()) {
        const std::size_t mine = next++;
        pages[mine] = co_await fetch(urls[mine]);
    }
}

patio::async<std::vector<std::string>> fetch_all(std::vector<std::string> urls) {
    std::vector<std::string> pages(urls.size());
    std::size_t next = 0;
    std::vector<patio::async<>> workers;
    for (int i = 0; i < 3; ++i)
        workers.push_back(work(urls, next, pages));
    co_await patio::gather(workers);
    co_return pages;
}

patio::async<> program() {
    std::vector<std::string> urls;
    for (int i = 1; i <= 10; ++i)
        urls.push_back("page " + std::to_string(i));
    const auto pages = co_await fetch_all(urls);
    std::printf("%zu pages, at most %d at a time, the last is %s\n", pages.size(), most,
                pages.back().c_str());
}

int main() { patio::run(program()); }
