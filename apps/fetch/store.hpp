// SPDX-License-Identifier: MIT
#pragma once

// What a run remembers, so that it can be ended at any moment and gone on with.

#include "page_result.hpp"

#include <patio/core/async.hpp>
#include <patio/sqlite/connection.hpp>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace fetch {

/// A page of an earlier run.
struct known_page {
    std::string url;
    int depth = 0;
    /// Whether it has to be fetched. (What was underway when the program died has to, again.)
    bool is_waiting = false;
    bool was_left_out = false;
    std::string final_url;
    std::string file;
};

/// A page that was found.
struct found_page {
    std::string url;
    int depth = 0;
};

/// The pages of a run and what became of them: one row for each address, in an SQLite file.
///
/// A page is waiting, underway, done or failed. Its result and the links that it has led to become
/// one transaction, so after a crash a page either counts with all that was in it, or not at all.
///
/// **Fails** with patio::sql::error.
class store {
public:
    /// Opens the file, or makes it.
    [[nodiscard]] static patio::async<store> open(std::string path);

    /// All pages in the order in which they were found. What was underway is waiting again.
    [[nodiscard]] patio::async<std::vector<known_page>> load();
    /// Pages that are waiting; those that are known stay what they are.
    patio::async<> add(std::vector<found_page> pages);
    patio::async<> begin(std::string url);
    /// What became of a page, and the pages that it has led to.
    patio::async<> finish(page_result page, std::vector<found_page> found);
    /// Nothing is underway any more.
    patio::async<> put_back();
    /// The results so far, as results.jsonl has them.
    [[nodiscard]] patio::async<std::string> json_lines();

    /// The page that a crawl has begun with; empty if it is none.
    [[nodiscard]] patio::async<std::string> crawl_start();
    patio::async<> set_crawl_start(std::string url);

    patio::async<> close();

private:
    explicit store(patio::sqlite::connection db) : db_{std::move(db)} {}

    patio::sqlite::connection db_;
};

}  // namespace fetch
