// SPDX-License-Identifier: MIT

// patio-fetch: fetches many pages at once. See README.md.

#include "demo.hpp"
#include "options.hpp"
#include "run.hpp"

#include <patio/io/run.hpp>

#include <cstdio>
#include <exception>
#include <string>
#include <utility>
#include <vector>

int main(int count, char** words) {
    fetch::arguments read = fetch::read_arguments({words + 1, words + count});
    if (read.ends) {
        std::fputs(read.text.c_str(), read.status == 0 ? stdout : stderr);
        return read.status;
    }
    const auto on_interrupt = patio::run_options{}.handle_sigint(patio::on_sigint::throws);
    try {
        if (read.run.is_demo) return patio::run(fetch::run_demo(), on_interrupt);
        return patio::run(fetch::run(std::move(read.run)), on_interrupt);
    } catch (const patio::interrupted&) {
        return fetch::exit_interrupted;
    } catch (const fetch::bad_request& e) {
        std::fprintf(stderr, "patio-fetch: %s\n", e.what());
        return fetch::exit_usage;
    } catch (const std::exception& e) {
        std::fprintf(stderr, "patio-fetch: %s\n", e.what());
        return fetch::exit_failed;
    }
}
