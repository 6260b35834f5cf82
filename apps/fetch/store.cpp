// SPDX-License-Identifier: MIT

#include "store.hpp"

#include <patio/sqlite/sqlite.hpp>

#include <tuple>

namespace fetch {

namespace {

using patio::async;

constexpr const char* schema = R"(
create table if not exists pages (
    number integer primary key,
    url text not null unique,
    depth integer not null,
    state text not null default 'waiting'
        check (state in ('waiting', 'underway', 'done', 'failed')),
    final_url text not null default '',
    status integer not null default 0,
    bytes integer not null default 0,
    type text not null default '',
    milliseconds integer not null default 0,
    file text not null default '',
    links integer not null default 0,
    kind text not null default '',
    error text not null default ''
) strict;
create table if not exists crawl (start text not null) strict;
)";

constexpr const char* insertion = "insert or ignore into pages (url, depth) values (?, ?)";
constexpr const char* putting_back = "update pages set state = 'waiting' where state = 'underway'";

using insertions = std::vector<std::tuple<std::string, int>>;

insertions rows_of(std::vector<found_page>&& pages) {
    insertions rows;
    rows.reserve(pages.size());
    for (found_page& each : pages)
        rows.emplace_back(std::move(each.url), each.depth);
    return rows;
}

}  // namespace

async<store> store::open(std::string path) {
    // After a power cut the last pages may be missing: they are fetched again. A commit that does
    // not wait for the disk is a hundred times faster.
    patio::sqlite::options how;
    how.journal(patio::sqlite::journal_mode::wal).sync(patio::sqlite::synchronous::normal);
    auto opening = patio::sqlite::open(std::move(path), how);
    patio::sqlite::connection db = co_await std::move(opening);
    co_await db.execute_script(schema);
    store opened{std::move(db)};
    co_return opened;
}

async<std::vector<known_page>> store::load() {
    co_await put_back();
    auto asking = db_.query<known_page>(
        "select url, depth, state = 'waiting', kind = 'robots.txt', final_url, file from pages "
        "order by number");
    std::vector<known_page> pages = co_await std::move(asking);
    co_return pages;
}

async<> store::add(std::vector<found_page> pages) {
    auto adding = db_.execute_many(insertion, rows_of(std::move(pages)));
    co_await std::move(adding);
}

async<> store::begin(std::string url) {
    auto marking = db_.execute("update pages set state = 'underway' where url = ?", url);
    co_await std::move(marking);
}

async<> store::finish(page_result page, std::vector<found_page> found) {
    const auto together = [&](patio::sql::open_transaction& both) -> async<> {
        const std::string state = page.has_failed() ? "failed" : "done";
        auto writing = both.execute(
            "update pages set state = ?, final_url = ?, status = ?, bytes = ?, type = ?, "
            "milliseconds = ?, file = ?, links = ?, kind = ?, error = ? where url = ?",
            state, page.final_url, page.status, page.bytes, page.type, page.milliseconds, page.file,
            page.links, page.kind, page.error, page.url);
        co_await std::move(writing);
        auto adding = both.execute_many(insertion, rows_of(std::move(found)));
        co_await std::move(adding);
    };
    auto committing = db_.transaction(together);
    co_await std::move(committing);
}

async<> store::put_back() {
    auto marking = db_.execute(putting_back);
    co_await std::move(marking);
}

async<std::string> store::json_lines() {
    std::string lines;
    auto rows = db_.rows<page_result>(
        "select url, final_url, depth, status, bytes, type, milliseconds, file, links, kind, error "
        "from pages where state in ('done', 'failed') order by number");
    while (auto each = co_await rows.next())
        lines += json_line(*each);
    co_return lines;
}

async<std::string> store::crawl_start() {
    auto asking = db_.query_one<std::string>("select start from crawl");
    const std::optional<std::string> start = co_await std::move(asking);
    co_return start.value_or("");
}

async<> store::set_crawl_start(std::string url) {
    auto writing = db_.execute("insert into crawl values (?)", url);
    co_await std::move(writing);
}

async<> store::close() {
    auto closing = db_.close();
    co_await std::move(closing);
}

}  // namespace fetch
