// SPDX-License-Identifier: MIT
#pragma once

// A site to be fetched, in a process of its own, whose log the test can read.

#include "support/child_process.hpp"

#include <patio/core/sleep.hpp>
#include <patio/http/server.hpp>
#include <patio/io/run.hpp>

#include <csignal>
#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <utility>

namespace fetch::test_support {

/// The pages, by path. `visits` counts the earlier ones of the same path.
class site_pages {
public:
    patio::async<patio::http::response> answer(patio::http::request& asked) {
        const std::string path{asked.target()};
        const int visits = visits_[path]++;
        std::printf("GET %s\n", path.c_str());
        std::fflush(stdout);
        if (path.starts_with("/tree/") && std::stoi(path.substr(6)) >= 10 && visits == 0) {
            co_await patio::sleep(patio::duration::forever());  // whoever asks first gets nothing
        }
        if (path == "/never") co_await patio::sleep(patio::duration::forever());
        co_return page(path, visits);
    }

private:
    static patio::http::response html(const std::string& body) {
        return patio::http::response::html("<!doctype html>" + body);
    }
    static std::string link(const std::string& to) { return "<a href='" + to + "'>x</a>"; }

    static patio::http::response page(const std::string& path, int visits) {
        if (path == "/robots.txt") return {"User-agent: *\nDisallow: /private\n"};
        if (path == "/") {
            return html(link("/a") + link("./a#x") + link("/%61?") + link("/private/x") +
                        link("/missing") + link("http://other.invalid/") + link("/moved") +
                        "<a rel=nofollow href=/unwanted>x</a>");
        }
        if (path == "/a") return html(link("/a/1"));
        if (path == "/a/1") return html(link("/a/1/2"));
        if (path == "/a/1/2") return html("too deep");
        if (path == "/moved") return patio::http::response::redirect("/a");
        if (path == "/away") return patio::http::response::redirect("/a/1/2");
        if (path == "/loop1") return patio::http::response::redirect("/loop2");
        if (path == "/loop2") return patio::http::response::redirect("/loop1");
        if (path == "/huge") return {std::string(std::size_t{4} << 20, 'x')};
        if (path == "/flaky" && visits == 0) return patio::http::response{503};
        if (path == "/flaky") return {"well again"};
        if (path == "/ends") return html(link("/never") + link("/a"));
        if (path == "/tree") {
            std::string links;
            for (int i = 1; i <= 20; ++i)
                links += link("/tree/" + std::to_string(i));
            return html(links);
        }
        if (path.starts_with("/tree/")) return html("leaf " + path);
        return patio::http::response{404};
    }

    std::map<std::string, int> visits_;
};

class local_site {
public:
    local_site() : process_{serve} {
        process_.wait_for_output("\n");
        const std::string& said = process_.output();
        origin_ = said.substr(0, said.find('\n'));
    }

    [[nodiscard]] std::string operator/(const std::string& path) const {
        return origin_ + "/" + path;
    }
    /// Waits until somebody has asked for it.
    bool wait_for(const std::string& path) {
        return process_.wait_for_output("GET " + path + "\n");
    }
    /// Ends it. **Returns** how often the path was asked for.
    int count_of(const std::string& path) {
        end();
        const std::string line = "\nGET " + path + "\n";
        int count = 0;
        for (std::size_t at = process_.output().find(line); at != std::string::npos;
             at = process_.output().find(line, at + 1))
            ++count;
        return count;
    }

private:
    void end() {
        if (std::exchange(has_ended_, true)) return;
        process_.send(SIGKILL);
        process_.wait();
    }
    static int serve() {
        patio::run([]() -> patio::async<> {
            auto pages = std::make_shared<site_pages>();
            const auto answer = [pages](patio::http::request& asked) {
                return pages->answer(asked);
            };
            auto starting =
                patio::http::start_server(answer, patio::endpoint::parse("127.0.0.1:0"));
            patio::http::server server = co_await std::move(starting);
            std::printf("http://127.0.0.1:%d\n", server.port());
            std::fflush(stdout);
            co_await server.wait_closed();
        });
        return 0;
    }

    patio::test_support::child_process process_;
    std::string origin_;
    bool has_ended_ = false;
};

}  // namespace fetch::test_support
