// SPDX-License-Identifier: MIT

// Programs that run to their end: what they wrote, how they ended, and one that takes too long.

#include <patio/patio.hpp>

#include <cstdio>
#include <string>

using namespace std::chrono_literals;

patio::async<> count_words(std::string text) {
    const auto counted = co_await patio::run_process(patio::process_options{"wc", "-w"}, text);
    std::printf("wc: %s", counted.out.c_str());
}

/// A shell for its pipe; the text is an argument, which no shell reads as commands.
patio::async<> shout(std::string text) {
    auto command = patio::shell("printf %s \"$1\" | tr a-z A-Z");
    command.argument("sh").argument(std::move(text));
    const auto shouted = co_await patio::run_process(command);
    std::printf("sh: %s\n", shouted.out.c_str());
}

patio::async<> tell_the_end(std::string command) {
    const auto done = co_await patio::run_process(patio::shell(std::move(command)));
    std::printf("%s%s\n", done.err.c_str(), done.status.to_string().c_str());
}

patio::async<> program() {
    co_await count_words("to be or not to be");
    co_await shout("$(rm -rf /); echo");
    co_await tell_the_end("echo 'no such recipe' >&2; exit 3");
    co_await tell_the_end("kill -TERM $$");

    const auto endless = co_await patio::move_on_after(20ms, patio::run_process("sleep", "1000"));
    std::printf("sleep has %s\n", endless ? "slept" : "been ended");

    try {
        co_await patio::run_process("no-such-program");
    } catch (const patio::error& failure) {
        std::printf("%s\n", failure.what());
    }
}

int main() { patio::run(program()); }
