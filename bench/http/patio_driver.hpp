// SPDX-License-Identifier: MIT
#pragma once

// The option of Patio's programs that says which driver they run on.

#include <patio/patio.hpp>

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
