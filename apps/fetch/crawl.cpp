// SPDX-License-Identifier: MIT

#include "crawl.hpp"

#include "page_links.hpp"
#include "page_url.hpp"
#include "text.hpp"
#include "visit.hpp"

#include <patio/core/as_outcome.hpp>
#include <patio/core/sleep.hpp>
#include <patio/core/timeout.hpp>
#include <patio/io/files.hpp>
#include <patio/io/signals.hpp>
#include <patio/io/to_thread.hpp>

#include <csignal>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace fetch {

using patio::async;
using patio::http::url;

/// What a visit asks of the run, for one page.
class crawl::page_host final : public visit_host {
public:
    page_host(crawl& run, const frontier_page& page) : run_{run}, page_{page} {}

    async<verdict> judge(url target) override {
        if (!run_.sites_.empty()) {
            // Where the first page has moved to is the site that was meant.
            if (page_.url == run_.start_.href()) run_.sites_.insert(site_of(target));
            if (!run_.is_on_site(target)) co_return verdict::refused;
            auto asking = run_.robots_.of(target);
            const site_rules* site = co_await std::move(asking);
            if (!site->rules.allows(target.target())) co_return verdict::refused;
        }
        if (claimed_.contains(target.href())) co_return verdict::go_on;
        if (!run_.frontier_.know(target.href())) co_return verdict::known;
        claimed_.insert(target.href());
        co_return verdict::go_on;
    }
    std::string part_path() override {
        return run_.options_.directory + "/.parts/" + std::to_string(run_.parts_++);
    }
    std::string name_for(const url& page, std::string_view type) override {
        return run_.names_.give(page, type);
    }
    bool wants_links() const noexcept override {
        return !run_.sites_.empty() && page_.depth < run_.options_.depth_max;
    }

private:
    crawl& run_;
    const frontier_page& page_;
    std::set<std::string> claimed_;  // by an earlier try
};

crawl::crawl(const options& how, store& remembered, patio::http::client& asks, screen& shown)
    : options_{how},
      store_{remembered},
      client_{asks},
      screen_{shown},
      frontier_{how.limits()},
      robots_{asks, std::string{product_of(how.user_agent)}, how.timeout} {}

progress& crawl::state() noexcept {
    progress_.waiting = frontier_.waiting();
    return progress_;
}

void crawl::restore(const std::vector<known_page>& pages) {
    for (const known_page& each : pages) {
        if (each.is_waiting) {
            frontier_.add({each.url, site_of(url::parse(each.url)), each.depth});
            continue;
        }
        frontier_.know(each.url);
        if (!each.final_url.empty()) frontier_.know(each.final_url);
        if (!each.file.empty()) names_.take(each.file);
        if (each.url == start_.href() && !each.final_url.empty())
            sites_.insert(site_of(url::parse(each.final_url)));
        if (!each.was_left_out) frontier_.count_as_given(1);
    }
}

void crawl::follow_from(const url& start) {
    start_ = start;
    sites_.insert(site_of(start));
}

async<run_end> crawl::run() {
    progress_.began = patio::now();
    const auto body = [this](patio::task_group& group) -> async<> {
        auto listening = group.spawn(listen());
        auto showing = group.spawn(
            screen_.show([this] { return draw(state(), canvas_of_stdout(), patio::now()); }));
        co_await work();
        listening.cancel("the run has ended");
        screen_.end();
    };
    co_await patio::with_task_group(body);
    co_return end_;
}

async<> crawl::listen() {
    {
        patio::signals requests{SIGINT, SIGTERM};
        co_await requests.next();
    }
    // Nobody listens any more: the second Ctrl-C ends the program at once.
    end_early(run_end::interrupted);
}

void crawl::end_early(run_end how) {
    if (end_ == run_end::complete) end_ = how;
    if (visits_ != nullptr) visits_->cancel("the run is ended early");
}

async<> crawl::work() {
    const auto body = [this](patio::task_group& visits) -> async<> {
        visits_ = &visits;
        if (end_ == run_end::complete) co_await hand_out(visits);
    };
    co_await patio::with_task_group(body);
    visits_ = nullptr;
}

async<> crawl::hand_out(patio::task_group& visits) {
    if (!sites_.empty()) {  // how often may it be asked?
        auto asking = robots_.of(start_);
        const site_rules* site = co_await std::move(asking);
        if (site->rules.crawl_delay())
            frontier_.set_delay(site_of(start_), *site->rules.crawl_delay());
    }
    while (true) {
        changed_.clear();
        while (auto page = frontier_.next(patio::now()))
            visits.spawn(visit_or_stop(std::move(*page)));
        if (frontier_.has_ended()) break;
        auto waiting = patio::move_on_at(frontier_.next_turn(), changed_.wait());
        co_await std::move(waiting);
    }
}

async<> crawl::visit_or_stop(frontier_page page) {
    auto visiting = patio::as_outcome(visit(std::move(page)));
    auto ended = co_await std::move(visiting);
    if (!ended) {  // the disk or the state: no other page would fare better
        why_stopped_ = ended.what();
        end_early(run_end::stopped);
    }
}

async<> crawl::visit(frontier_page page) {
    const patio::time_point began = patio::now();
    visited got;
    std::vector<std::string> links;
    co_await store_.begin(page.url);
    auto asking = ask_robots(page);
    got.result = co_await std::move(asking);
    if (got.result.kind.empty()) {
        page_host host{*this, page};
        auto fetching = fetch_page(page.url, options_, client_, host, progress_);
        got = co_await std::move(fetching);
    }
    if (!got.html.empty()) {  // parsing computes, which is for a thread
        auto finding =
            patio::to_thread(page_links, std::move(got.html), url::parse(got.result.final_url));
        links = co_await std::move(finding);
    }
    got.result.url = page.url;
    got.result.depth = page.depth;
    got.result.links = static_cast<std::int64_t>(links.size());
    const patio::duration took = patio::now() - began;
    got.result.milliseconds = took.count() / 1'000'000;

    auto keeping = keep(page, got.result, std::move(links));
    co_await std::move(keeping);
    counts_.add(got.result, took);
    say(got.result);
    if (got.result.was_left_out()) {
        frontier_.left_out(page);
    } else {
        frontier_.finished(page);
    }
    changed_.set();
}

/// What is to be said about a page that shall not be asked for; nothing if it may be.
async<page_result> crawl::ask_robots(frontier_page page) {
    page_result said;
    if (sites_.empty()) co_return said;  // people have asked for this very page
    const url at = url::parse(page.url);
    auto asking = robots_.of(at);
    const site_rules* site = co_await std::move(asking);
    if (site->rules.crawl_delay()) frontier_.set_delay(page.host, *site->rules.crawl_delay());
    if (site->rules.allows(at.target())) co_return said;
    if (site->failure != nullptr) {
        said = failed_visit(site->failure, options_.timeout).result;
        said.error = "robots.txt: " + said.error;
    } else if (page.depth == 0) {  // the very page that was asked for
        said.kind = "forbidden";
        said.error = "robots.txt asks to leave it out";
    } else {
        said.kind = page_result::kind_robots;
        said.error = "left out, as robots.txt asks";
    }
    co_return said;
}

/// Remembers what became of a page, and what it leads to.
async<> crawl::keep(frontier_page page, page_result result, std::vector<std::string> links) {
    std::vector<found_page> found;
    for (std::string& each : links)
        if (is_on_site(url::parse(each))) found.push_back({std::move(each), page.depth + 1});
    auto finishing = store_.finish(result, found);
    co_await std::move(finishing);
    for (found_page& each : found) {
        const std::string site = site_of(url::parse(each.url));
        frontier_.add({std::move(each.url), site, each.depth});
    }
    const std::string line = json_line(result);
    auto adding = patio::append_file(options_.directory + "/results.jsonl", line);
    co_await std::move(adding);
}

bool crawl::is_on_site(const url& page) const { return sites_.contains(site_of(page)); }

void crawl::say(const page_result& page) {
    const canvas on = canvas_of_stdout();
    progress_.bytes += page.bytes;
    if (page.was_left_out()) return;
    page.has_failed() ? ++progress_.failed : ++progress_.done;
    const std::string status = page.status == 0 ? "---" : std::to_string(page.status);
    const std::string numbers =
        fmt::format("{:>7} {:>8}", bytes_text(page.bytes),
                    seconds_text(patio::duration::milliseconds(page.milliseconds)));
    std::string line = painted(status, page.has_failed() ? colour::red : colour::green, on) + " " +
                       numbers + "  " + page.url;
    if (!page.error.empty()) line += "  " + painted(page.error, colour::red, on);
    screen_.say(std::move(line));
}

}  // namespace fetch
