// SPDX-License-Identifier: MIT

// Two tasks that write to one stream would mix their bytes, so the second one is refused; a mutex
// lets it wait.

#include <patio/patio.hpp>
#include <patio/testing/memory_stream.hpp>
#include <patio/testing/run.hpp>

#include <cstdio>
#include <string>
#include <utility>

using patio::testing::memory_options;
using patio::testing::memory_streams;

patio::async<> say(patio::stream& to, std::string line) { co_await to.write(line, "\n"); }

patio::async<> say_in_turn(patio::stream& to, patio::mutex& turn, std::string line) {
    const auto guard = co_await turn.lock();
    co_await to.write(line, "\n");
}

patio::async<> both_at_once(patio::stream to) {
    try {
        co_await patio::gather(say(to, "the soup is ready"), say(to, "the pie is ready"));
    } catch (const patio::usage_error& refusal) {
        std::printf("%s\n", refusal.what());
    }
}

patio::async<> both_in_turn(patio::stream to) {
    patio::mutex turn;
    co_await patio::gather(say_in_turn(to, turn, "the soup is ready"),
                           say_in_turn(to, turn, "the pie is ready"));
    co_await to.shutdown();
}

patio::async<> listen(patio::stream from) {
    while (auto line = co_await from.read_line())
        std::printf("%s\n", line->c_str());
}

patio::async<> program() {
    const auto slow = memory_options{}.buffer_bytes(8);  // a write has to wait for the reader
    auto first = memory_streams(slow);
    co_await both_at_once(std::move(first.first));

    auto second = memory_streams(slow);
    co_await patio::gather(both_in_turn(std::move(second.first)), listen(std::move(second.second)));
}

int main() { patio::testing::run(program()); }
