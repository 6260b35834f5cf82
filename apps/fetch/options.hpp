// SPDX-License-Identifier: MIT
#pragma once

// What the command line says.

#include "frontier.hpp"

#include <patio/base/duration.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace fetch {

/// The settings of one run.
struct options {
    std::vector<std::string> urls;
    std::string from;   // a file with URLs; "-" is standard input
    std::string crawl;  // the page to begin with
    int depth_max = 3;
    std::size_t pages_max = 1000;

    std::size_t concurrency = 16;
    std::size_t per_host = 4;
    bool is_sequential = false;
    patio::duration delay;

    std::size_t retries = 2;
    patio::duration retry_delay = patio::duration::milliseconds(500);
    patio::duration timeout = patio::duration::seconds(30);
    std::uint64_t bytes_max = std::uint64_t{64} << 20;
    std::string user_agent = "patio-fetch/0.1";
    bool is_insecure = false;
    std::string authorities;  // a file of certificates

    std::string directory = "fetched";
    std::string state;
    bool resumes = false;
    bool is_demo = false;
    bool is_quiet = false;

    /// All that was given, for the line that says how to go on.
    std::vector<std::string> given;

    [[nodiscard]] frontier_limits limits() const {
        frontier_limits made;
        made.underway_max = is_sequential ? 1 : concurrency;
        made.host_underway_max = is_sequential ? 1 : per_host;
        if (!crawl.empty()) made.pages_max = pages_max;
        made.delay = delay;
        return made;
    }
    [[nodiscard]] std::string state_path() const {
        return state.empty() ? directory + "/state.db" : state;
    }
};

/// What is to be done: a run with these options, or, if `ends`, nothing but to print `text` and end
/// with `status`.
struct arguments {
    options run;
    bool ends = false;
    int status = 0;
    std::string text;
};

/// Reads a command line without the program's name. Mistakes end with status 2 and a sentence.
[[nodiscard]] arguments read_arguments(const std::vector<std::string>& given);

/// The same command line once more, to go on with what it has begun. Standard input cannot be read
/// twice, and need not be: its URLs are known.
[[nodiscard]] std::string resume_command(const options& of);

}  // namespace fetch
