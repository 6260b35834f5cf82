// SPDX-License-Identifier: MIT
#pragma once

// What became of a page.

#include <cstdint>
#include <string>
#include <string_view>

namespace fetch {

/// One line of results.jsonl, and one row of the state.
struct page_result {
    std::string url;
    std::string final_url;  // behind all redirects; empty if there was no response
    int depth = 0;
    int status = 0;  // 0 if there was no response
    std::uint64_t bytes = 0;
    std::string type;
    std::int64_t milliseconds = 0;
    std::string file;  // in the directory of results; empty if nothing was kept
    std::int64_t links = 0;
    /// One word for the summary: "timeout", "404"; empty if all is well.
    std::string kind;
    /// A sentence; empty if there is nothing to say.
    std::string error;

    /// robots.txt asks to leave it out: no failure, and not asked for.
    [[nodiscard]] bool was_left_out() const noexcept { return kind == kind_robots; }
    [[nodiscard]] bool has_failed() const noexcept { return !kind.empty() && !was_left_out(); }

    static constexpr std::string_view kind_robots = "robots.txt";
};

/// A JSON object in one line, with its line end. What is not known is null.
[[nodiscard]] std::string json_line(const page_result& of);

}  // namespace fetch
