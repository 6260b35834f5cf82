// SPDX-License-Identifier: MIT
#pragma once

// A run: which page is next, fetching it, and what follows from it.

#include "file_names.hpp"
#include "frontier.hpp"
#include "options.hpp"
#include "page_result.hpp"
#include "progress.hpp"
#include "robots_cache.hpp"
#include "screen.hpp"
#include "store.hpp"
#include "summary.hpp"

#include <patio/core/async.hpp>
#include <patio/core/sync/event.hpp>
#include <patio/core/task_group.hpp>
#include <patio/http/client.hpp>

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace fetch {

/// How a run has ended.
enum class run_end : std::uint8_t {
    complete,
    interrupted,  ///< somebody has pressed Ctrl-C
    stopped,      ///< the disk or the state has failed: `why_stopped()`
};

/// Fetches what is in the store, and what that leads to.
///
/// Each page is a task. The one that hands out pages starts as many of them as the limits allow,
/// and sleeps until one has ended or a host may be asked again. Cancelling the tasks ends a run at
/// any moment: connections are closed, half-written files removed, and the store says what has to
/// be fetched again.
class crawl {
public:
    /// **Borrows** everything.
    crawl(const options& how, store& remembered, patio::http::client& asks, screen& shown);

    /// Pages that are known from before, in their order; they count as given if they have ended.
    void restore(const std::vector<known_page>& pages);
    /// Links are followed if they stay on the site of this page.
    void follow_from(const patio::http::url& start);
    /// Fetches until nothing is left, or somebody interrupts.
    [[nodiscard]] patio::async<run_end> run();

    [[nodiscard]] const summary& counts() const noexcept { return counts_; }
    [[nodiscard]] const std::string& why_stopped() const noexcept { return why_stopped_; }
    /// Pages that have to be fetched yet; what was given up is one of them.
    [[nodiscard]] std::size_t waiting() const noexcept {
        return frontier_.waiting() + frontier_.underway();
    }
    /// What the screen shows.
    [[nodiscard]] progress& state() noexcept;

private:
    class page_host;

    patio::async<> listen();
    patio::async<> work();
    patio::async<> hand_out(patio::task_group& visits);
    patio::async<> visit_or_stop(frontier_page page);
    patio::async<> visit(frontier_page page);
    patio::async<page_result> ask_robots(frontier_page page);
    patio::async<> keep(frontier_page page, page_result result, std::vector<std::string> links);
    [[nodiscard]] bool is_on_site(const patio::http::url& page) const;
    void say(const page_result& page);
    void end_early(run_end how);

    const options& options_;
    store& store_;
    patio::http::client& client_;
    screen& screen_;
    frontier frontier_;
    file_names names_;
    robots_cache robots_;
    progress progress_;
    summary counts_;
    patio::http::url start_;
    std::set<std::string> sites_;  // empty if links are not followed
    std::size_t parts_ = 0;
    patio::event changed_;  // for whoever hands out pages
    patio::task_group* visits_ = nullptr;
    run_end end_ = run_end::complete;
    std::string why_stopped_;
};

}  // namespace fetch
