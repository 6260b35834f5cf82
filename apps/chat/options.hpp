// SPDX-License-Identifier: MIT
#pragma once

// What the program is told when it is started.

#include "limits.hpp"

#include <patio/io/endpoint.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace chat {

struct options {
    patio::endpoint listen = patio::endpoint::parse("127.0.0.1:8080");
    std::string data = "chat.db";
    std::vector<std::string> origins;
    std::size_t connections_max = 10'000;
    std::size_t per_address_max = 100;  ///< 0: no limit
    limits most;
};

/// Options, or what to print instead of running, and the status to end with.
struct arguments {
    options run;
    bool ends = false;
    int status = 0;
    std::string text;
};

[[nodiscard]] arguments read_arguments(const std::vector<std::string>& given);

}  // namespace chat
