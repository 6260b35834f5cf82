// SPDX-License-Identifier: MIT

// Several waits at once: an outcome for each, the first one, one by one as they come.

#include <patio/patio.hpp>

#include <cstdio>
#include <stdexcept>
#include <string>
#include <vector>

using namespace std::chrono_literals;

patio::async<std::string> ask(std::string city, patio::duration way) {
    co_await patio::sleep(way);
    if (city == "Oslo") throw std::runtime_error{"no line to Oslo"};
    co_return city + " answers";
}

std::vector<patio::async<std::string>> ask_all() {
    std::vector<patio::async<std::string>> calls;
    calls.push_back(ask("Rome", 40ms));
    calls.push_back(ask("Oslo", 20ms));
    calls.push_back(ask("Bern", 5ms));
    return calls;
}

patio::async<> each_in_its_own_way() {
    const auto outcomes = co_await patio::gather_settled(ask_all());
    for (const auto& one : outcomes)
        std::printf("%s\n", one ? one.value().c_str() : "failed");
}

patio::async<> the_first_one() {
    auto [index, answer] = co_await patio::race(ask_all());
    std::printf("number %zu was first: %s\n", index, answer.c_str());
}

patio::async<> as_they_come() {
    auto calls = patio::as_completed(ask_all());
    while (calls.remaining() > 0) {
        try {
            const auto answer = co_await calls.next();
            std::printf("%s\n", answer->c_str());
        } catch (const std::runtime_error& failure) {
            std::printf("%s\n", failure.what());  // the others go on
        }
    }
}

patio::async<> program() {
    co_await each_in_its_own_way();
    co_await the_first_one();
    co_await as_they_come();
}

int main() { patio::run(program()); }
