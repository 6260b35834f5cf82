// SPDX-License-Identifier: MIT

// A time limit for silence instead of for the whole: each piece that comes moves the deadline.

#include <patio/patio.hpp>
#include <patio/testing/run.hpp>

#include <cstdio>
#include <string>

using namespace std::chrono_literals;

patio::async<std::string> next_piece(int number) {
    co_await patio::sleep(number < 4 ? 8s : 1h);  // the fourth one never comes
    co_return "piece " + std::to_string(number);
}

patio::async<> program() {
    const auto download = [](patio::deadline& limit) -> patio::async<> {
        for (int number = 1;; ++number) {
            const std::string piece = co_await next_piece(number);
            std::printf("%s\n", piece.c_str());
            if (!limit.expired()) limit.reschedule(10s);  // from now
        }
    };
    try {
        co_await patio::timeout(10s, download);
    } catch (const patio::timed_out&) {
        std::printf("ten seconds without a word\n");
    }
}

/// On a clock that jumps: nobody has to wait for the silence.
int main() { patio::testing::run(program()); }
