// SPDX-License-Identifier: MIT
#pragma once

// Talking to an HTTP server in plain text, over memory and on virtual time.

#include <patio/http/server.hpp>
#include <patio/patio.hpp>
#include <patio/testing/memory_stream.hpp>
#include <patio/testing/run.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace patio::test_support {

/// What came, without its Date, which differs each time.
inline std::string without_date(std::string text) {
    for (std::size_t at = text.find("\r\nDate: "); at != std::string::npos;
         at = text.find("\r\nDate: "))
        text.erase(at, text.find("\r\n", at + 2) - at);
    return text;
}

/// A server at one end of a line in memory; the test has the other end.
template <http::site H>
class http_talk {
public:
    explicit http_talk(H site, http::serve_options options = {}, testing::memory_options line = {})
        : site_{std::move(site)}, options_{options}, line_{line} {}

    std::vector<testing::kept_report> reports;

    /// Runs `client(stream&)` against it. Both have ended then.
    template <class F>
    void with(F client) {
        const auto main = [&]() -> async<> {
            auto [mine, theirs] = testing::memory_streams(line_);
            stream peer = std::move(mine);
            auto serving = http::serve_connection(std::move(theirs), std::move(site_), options_);
            auto both = [&](task_group& group) -> async<> {
                group.spawn(std::move(serving));
                co_await client(peer);
                peer.abort();
            };
            co_await with_task_group(both);
        };
        testing::run(main(), testing::run_options{}.keep_reports(reports));
    }

    /// Says it all, and **returns** all that comes until the server closes, without dates.
    std::string answers_to(std::string said) {
        std::string heard;
        with([&](stream& peer) -> async<> {
            co_await peer.write(said);
            heard = co_await peer.read_all();
        });
        return without_date(heard);
    }

private:
    H site_;
    http::serve_options options_;
    testing::memory_options line_;
};

/// A request with these lines; the first is the request line. Host and the end are added.
inline std::string request_of(std::string lines, std::string_view body = {}) {
    lines.append("\r\nHost: example.org\r\n");
    if (!body.empty()) lines.append("Content-Length: " + std::to_string(body.size()) + "\r\n");
    lines.append("\r\n").append(body);
    return lines;
}

}  // namespace patio::test_support
