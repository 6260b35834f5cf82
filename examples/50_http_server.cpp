// SPDX-License-Identifier: MIT

// A small service: routes with typed parameters, a log, errors as statuses, and a client that asks
// it all.

#include <patio/http/http.hpp>
#include <patio/patio.hpp>

#include <cstdint>
#include <cstdio>
#include <map>
#include <string>
#include <string_view>

namespace http = patio::http;

/// Notes by their number.
struct notebook {
    std::map<std::int64_t, std::string> notes;
    std::int64_t last = 0;
};

http::router make_site(notebook& book) {
    const auto read = [&book](http::request&, std::int64_t id) -> patio::async<http::response> {
        const auto found = book.notes.find(id);
        if (found == book.notes.end()) throw http::status_error{404, "no such note"};
        co_return http::response{found->second + "\n"};
    };
    const auto write = [&book](http::request& asked) -> patio::async<http::response> {
        std::string text = co_await asked.text(1000);  // more is answered with 413
        book.notes[++book.last] = std::move(text);
        const std::string where = "/notes/" + std::to_string(book.last);
        co_return http::response{201}.with("Location", where);
    };
    http::router site;
    site.use(http::access_log(http::access_log_options{}.sink([](std::string_view line) {
        const std::string_view shown = line.substr(0, line.rfind(' '));  // without the duration
        std::printf("  log: %.*s\n", static_cast<int>(shown.size()), shown.data());
    })));
    site.get("/", [](http::request&) { return "a notebook\n"; });
    site.get("/notes/{id}", read).post("/notes", write);
    return site;
}

patio::async<> ask(http::client& client, std::string path) {
    http::response answer = co_await client.get(path);
    std::string text = co_await answer.text();
    std::printf("GET %s: %d %s", path.c_str(), answer.status(), text.c_str());
}

patio::async<> program() {
    notebook book;
    const auto here = patio::endpoint::parse("127.0.0.1:0");
    http::server serving = co_await http::start_server(make_site(book), here);

    const std::string base = "http://127.0.0.1:" + std::to_string(serving.port());
    http::client client{http::client_options{}.base_url(base)};
    co_await ask(client, "/");
    http::response made = co_await client.post("/notes", "buy milk");
    std::printf("POST /notes: %d\n", made.status());
    const std::string where{made.header("Location").value()};
    co_await ask(client, where);
    co_await ask(client, "/notes/7");
    co_await ask(client, "/notes/seven");

    serving.stop();
    co_await serving.wait_closed();
}

int main() { patio::run(program()); }
