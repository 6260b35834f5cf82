// SPDX-License-Identifier: MIT

// Tries again what failed, after pauses that grow and differ from client to client.

#include <patio/patio.hpp>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <random>
#include <string>

using namespace std::chrono_literals;

/// What may be different the next time. A host that does not exist will not exist then either.
bool is_worth_a_retry(const patio::error& failure) {
    return failure.code() == std::errc::connection_refused ||
           failure.code() == std::errc::connection_reset ||
           failure.code() == patio::errc::name_server_failed;
}

/// Calls `operation()` up to `attempts` times.
template <class Operation>
auto retry(int attempts, Operation operation) -> decltype(operation()) {
    std::minstd_rand dice{std::random_device{}()};
    std::chrono::milliseconds pause = 10ms;
    for (int attempt = 1;; ++attempt) {
        try {
            co_return co_await operation();
        } catch (const patio::timed_out&) {  // the attempt's own limit
            if (attempt == attempts) throw;
        } catch (const patio::error& failure) {
            if (attempt == attempts || !is_worth_a_retry(failure)) throw;
        }
        // Behind the handlers, where one may wait. Any length up to `pause`: clients that failed
        // together shall not come back together.
        std::uniform_int_distribution<long> up_to{0, pause.count()};
        co_await patio::sleep(std::chrono::milliseconds{up_to(dice)});
        pause = std::min(pause * 2, 1000ms);
    }
}

int calls = 0;

/// A server that is down, then hangs, then works.
patio::async<std::string> ask() {
    std::printf("call %d\n", ++calls);
    if (calls == 1) throw patio::error::from_errno(ECONNREFUSED, "asking the server");
    if (calls == 2) co_await patio::sleep(1h);
    co_return "42";
}

patio::async<std::string> ask_once() { co_return co_await patio::timeout(20ms, ask()); }

patio::async<> program() {
    // Five seconds for all attempts and pauses together.
    const std::string answer = co_await patio::timeout(5s, retry(5, ask_once));
    std::printf("the answer is %s\n", answer.c_str());
}

int main() { patio::run(program()); }
