// SPDX-License-Identifier: MIT

// patio-chat: see README.md.

#include "options.hpp"
#include "serve.hpp"

#include <patio/core/as_outcome.hpp>
#include <patio/core/task_group.hpp>
#include <patio/io/run.hpp>
#include <patio/io/signals.hpp>

#include <csignal>
#include <cstdio>
#include <exception>
#include <string>
#include <utility>
#include <vector>

namespace {

using patio::async;

/// The first signal asks for an orderly end, the second one for any.
async<> hear_signals(patio::event& stop, patio::task_group& everything) {
    patio::signals asked{SIGINT, SIGTERM};
    co_await asked.next();
    std::puts("patio-chat: stops");
    std::fflush(stdout);
    stop.set();
    co_await asked.next();
    everything.cancel("a second signal");
}

void print_ready(const patio::endpoint& at, const std::string& data) {
    const std::string address = at.is_unix() ? at.to_string() : "http://" + at.to_string() + "/";
    std::printf("patio-chat: %s, with what is in %s\n", address.c_str(), data.c_str());
    std::fflush(stdout);
}

async<> run(chat::options how) {
    patio::event stop;
    std::exception_ptr failure;
    const auto body = [&](patio::task_group& group) -> async<> {
        const auto hearing = group.spawn(hear_signals(stop, group));
        const auto on_ready = [&](const patio::endpoint& at) {
            if (!stop.is_set()) print_ready(at, how.data);
        };
        auto serving = chat::serve(how, stop, on_ready);
        const auto served = co_await patio::as_outcome(std::move(serving));
        hearing.cancel();
        failure = served.error();
    };
    auto running = patio::with_task_group(body);
    co_await std::move(running);
    if (failure) std::rethrow_exception(failure);  // as itself, not as a group of one
}

}  // namespace

int main(int count, char** words) {
    const std::vector<std::string> given{words + 1, words + count};
    chat::arguments read = chat::read_arguments(given);
    if (read.ends) {
        std::fputs(read.text.c_str(), read.status == 0 ? stdout : stderr);
        return read.status;
    }
    try {
        const auto options = patio::run_options{}.handle_sigint(patio::on_sigint::ignored);
        patio::run(run(std::move(read.run)), options);
    } catch (const std::exception& failure) {
        std::fprintf(stderr, "patio-chat: %s\n", failure.what());
        return 1;
    }
    return 0;
}
