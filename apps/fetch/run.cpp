// SPDX-License-Identifier: MIT

#include "run.hpp"

#include "crawl.hpp"
#include "page_url.hpp"
#include "screen.hpp"
#include "store.hpp"
#include "text.hpp"

#include <patio/core/as_outcome.hpp>
#include <patio/core/sleep.hpp>
#include <patio/http/client.hpp>
#include <patio/io/file.hpp>
#include <patio/io/files.hpp>
#include <patio/io/standard_streams.hpp>
#include <patio/tls/client_context.hpp>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace fetch {

namespace {

using patio::async;
namespace http = patio::http;

patio::tls::client_context tls_for(const options& how) {
    patio::tls::client_context context;
    if (!how.authorities.empty()) context.load_verify_file(how.authorities);
    if (how.is_insecure) context.verify(patio::tls::verify_mode::none);
    return context;
}

http::client_options client_for(const options& how, const patio::tls::client_context& tls) {
    http::client_options made;
    made.user_agent(how.user_agent).tls(tls).without_redirects();
    made.connections_max(how.concurrency + 16);  // robots.txt and idle ones need some, too
    made.origin_connections_max(how.limits().host_underway_max);
    return made;
}

/// One URL in each line; blank ones and those that begin with # are nothing.
void append_listed(std::vector<found_page>& pages, const std::string& text,
                   const std::string& from) {
    std::size_t number = 0;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        const std::string line = text.substr(at, end - at);
        at = end + 1;
        ++number;
        const std::size_t first = line.find_first_not_of(" \t\r");
        if (first == std::string::npos || line[first] == '#') continue;
        const auto page = typed_url(line);
        if (!page) {
            throw bad_request{fmt::format("{}, line {}: \"{}\" is no URL of http or https", from,
                                          number, printable(line))};
        }
        pages.push_back({page->href(), 0});
    }
}

async<std::string> read_list(std::string from) {
    if (from != "-") {
        auto reading = patio::read_file(std::move(from));
        std::string text = co_await std::move(reading);
        co_return text;
    }
    patio::stream in = patio::stdin_stream();
    auto reading = in.read_all();
    std::string text = co_await std::move(reading);
    co_return text;
}

async<std::vector<found_page>> asked_for(const options& how) {
    std::vector<found_page> pages;
    for (const std::string& each : how.urls)
        pages.push_back({typed_url(each)->href(), 0});
    if (!how.from.empty()) {
        auto reading = patio::as_outcome(read_list(how.from));
        auto text = co_await std::move(reading);
        if (!text) throw bad_request{text.what()};
        append_listed(pages, text.value(), how.from == "-" ? "standard input" : how.from);
    }
    co_return pages;
}

/// Makes the directory, and one in it for what is not there yet.
async<> prepare_directory(std::string directory) {
    auto clearing = patio::remove_tree(directory + "/.parts");
    co_await std::move(clearing);
    auto making = patio::make_directories(directory + "/.parts");
    co_await std::move(making);
}

async<> check_state(const options& how) {
    auto looking = patio::find_status(how.state_path());
    const bool is_there = (co_await std::move(looking)).has_value();
    if (is_there && !how.resumes) {
        throw bad_request{
            fmt::format("{} remembers an earlier run: go on with it (--resume), or "
                        "choose another directory (--out)",
                        how.state_path())};
    }
    if (!is_there && how.resumes)
        throw bad_request{fmt::format("there is no {} to go on with", how.state_path())};
}

async<store> open_state(const options& how) {
    auto checking = check_state(how);
    co_await std::move(checking);
    auto preparing = prepare_directory(how.directory);
    co_await std::move(preparing);
    auto opening = store::open(how.state_path());
    store opened = co_await std::move(opening);
    co_return opened;
}

/// What a crawl begins with: as the command line says, or as it did the first time.
async<std::optional<http::url>> start_of(const options& how, store& state) {
    auto recalling = state.crawl_start();
    const std::string before = co_await std::move(recalling);
    std::optional<http::url> start;
    if (!before.empty()) start = http::url::parse(before);
    if (how.crawl.empty()) co_return start;
    const auto given = typed_url(how.crawl);
    if (start && *start != *given)
        throw bad_request{fmt::format("the run to go on with began with {}", before)};
    if (!start) {
        auto remembering = state.set_crawl_start(given->href());
        co_await std::move(remembering);
    }
    co_return given;
}

async<> write_results(const options& how, store& state) {
    auto gathering = state.json_lines();
    const std::string lines = co_await std::move(gathering);
    auto writing =
        patio::write_file(how.directory + "/results.jsonl", lines, patio::write_how::atomic);
    co_await std::move(writing);
    auto clearing = patio::remove_tree(how.directory + "/.parts");
    co_await std::move(clearing);
}

/// Leaves the state as somebody who goes on with it wants it.
async<> close_state(const options& how, store& state) {
    co_await state.put_back();
    auto writing = write_results(how, state);
    co_await std::move(writing);
    co_await state.close();
}

std::string last_words(const options& how, const crawl& run, run_end end) {
    std::string words;
    if (end == run_end::interrupted) words += "Interrupted. ";
    if (end == run_end::stopped)
        words += fmt::format("Stopped: {}\n", printable(run.why_stopped()));
    if (end != run_end::complete) {
        words +=
            fmt::format("{} waiting. To go on:\n  {}\n",
                        count_text(run.waiting(), "page is", "pages are"), resume_command(how));
    }
    return words;
}

}  // namespace

async<int> run(options how) {
    auto listing = asked_for(how);
    std::vector<found_page> pages = co_await std::move(listing);
    auto opening = patio::as_outcome(open_state(how));
    auto opened = co_await std::move(opening);
    if (!opened) throw bad_request{opened.what()};  // whatever is wrong, nothing has begun
    store state = std::move(opened).value();
    auto starting = start_of(how, state);
    const std::optional<http::url> start = co_await std::move(starting);
    if (start) pages.push_back({start->href(), 0});
    auto adding = state.add(std::move(pages));
    co_await std::move(adding);

    const patio::tls::client_context tls = tls_for(how);
    http::client client{client_for(how, tls)};
    screen shown{patio::stdout_stream(), how.is_quiet ? screen_kind::silent : kind_of_stdout()};
    crawl running{how, state, client, shown};
    if (start) running.follow_from(*start);
    auto loading = state.load();
    const std::vector<known_page> known = co_await std::move(loading);
    running.restore(known);

    const patio::time_point began = patio::now();
    auto crawling = running.run();
    const run_end end = co_await std::move(crawling);
    const patio::duration elapsed = patio::now() - began;

    co_await shown.finish();
    auto closing = patio::as_outcome(close_state(how, state));
    const auto closed = co_await std::move(closing);
    std::string words = running.counts().text(elapsed) + last_words(how, running, end);
    if (!closed && end != run_end::stopped)
        words += fmt::format("The results are not all written: {}\n", closed.what());
    patio::stream out = patio::stdout_stream();
    co_await out.write(words);

    if (end == run_end::interrupted) co_return exit_interrupted;
    const bool is_fine = end == run_end::complete && closed && running.counts().failed() == 0;
    co_return is_fine ? exit_fine : exit_failed;
}

}  // namespace fetch
