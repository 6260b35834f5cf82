// SPDX-License-Identifier: MIT
#pragma once

// What Patio's programs have in common: their options, and the door of those that serve.

#include "../support/harness.hpp"

#include <patio/patio.hpp>

#include <cstdio>
#include <string>
#include <vector>

/// Takes `--driver=uring` or `--driver=epoll` away from the words, and returns its name.
inline std::string take_driver(std::vector<std::string>& words, patio::run_options& options) {
    if (words.empty() || !words[0].starts_with("--driver=")) return "the best driver";
    const std::string name = words[0].substr(words[0].find('=') + 1);
    options.driver(name == "epoll" ? patio::driver_kind::epoll : patio::driver_kind::io_uring);
    words.erase(words.begin());
    return name;
}

/// Reads the command line: what is to be done, and on which driver. **Returns** whether there is
/// something; `--about` is answered here.
inline bool read_words(int argc, char** argv, std::vector<std::string>& words,
                       patio::run_options& options) {
    words.assign(argv + 1, argv + argc);
    const std::string driver = take_driver(words, options);
    if (words != std::vector<std::string>{"--about"}) return true;
    std::printf("Patio, %s (%s)\n", driver.c_str(), bench::compiler);
    return false;
}

/// Listens on a free port, and tells the runner which.
inline std::vector<patio::listener> open_door() {
    const auto at = patio::endpoint::parse("127.0.0.1:0");
    std::vector<patio::listener> doors;
    doors.push_back(patio::listener::open(at, patio::listen_options{}.backlog(4096)));
    std::printf("listening %d\n", int{doors.front().local_endpoint().port()});
    std::fflush(stdout);
    return doors;
}
