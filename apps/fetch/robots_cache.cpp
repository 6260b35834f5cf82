// SPDX-License-Identifier: MIT

#include "robots_cache.hpp"

#include <patio/core/as_outcome.hpp>
#include <patio/core/timeout.hpp>

namespace fetch {

namespace {

using patio::async;
namespace http = patio::http;

constexpr int robots_redirects_max = 5;  // RFC 9309 section 2.3.1.2

bool leads_elsewhere(const http::response& answer) {
    return answer.status() / 100 == 3 && answer.header("Location");
}

/// The beginning of a body: more is neither read nor a mistake.
async<std::string> beginning_of(http::response& answer) {
    std::string text;
    while (text.size() < robots_bytes_max) {
        auto reading = answer.body().read_some(robots_bytes_max - text.size());
        const std::string piece = co_await std::move(reading);
        if (piece.empty()) break;
        text += piece;
    }
    co_return text;
}

}  // namespace

async<const site_rules*> robots_cache::of(http::url page) {
    entry& site = entries_[page.origin()];
    const patio::mutex_guard turn = co_await site.asking.lock();
    if (site.is_known) co_return &site.rules;
    auto asking = patio::as_outcome(patio::timeout(timeout_, ask(page.resolve("/robots.txt"))));
    auto answer = co_await std::move(asking);
    if (answer) {
        site.rules.rules = std::move(answer).value();
    } else {
        site.rules.rules = robots::none();
        site.rules.failure = answer.error();
    }
    site.is_known = true;
    co_return &site.rules;
}

async<robots> robots_cache::ask(http::url where) {
    // Redirects count wherever they lead: the rules hold for the site that was asked.
    for (int redirects = 0; redirects <= robots_redirects_max; ++redirects) {
        auto asking = client_.get(where.href());
        http::response answer = co_await std::move(asking);
        if (leads_elsewhere(answer)) {
            where = where.resolve(*answer.header("Location"));
            continue;
        }
        auto reading = beginning_of(answer);
        const std::string text = co_await std::move(reading);
        co_return robots::of_answer(answer.status(), text, product_);
    }
    co_return robots{};  // as good as none
}

}  // namespace fetch
