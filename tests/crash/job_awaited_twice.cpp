// SPDX-License-Identifier: MIT
// A function goes to a thread once: what its first call returned must not be built over.
//
// expect-status: SIGABRT
// expect-stderr: ^patio: an operation was awaited twice: make another one

#include <patio/io/run.hpp>
#include <patio/io/to_thread.hpp>

namespace {

patio::async<> ask_twice() {
    auto job = patio::to_thread([] { return 7; });
    const int first = co_await job;
    const int second = co_await job;
    static_cast<void>(first + second);
}

}  // namespace

int main() { patio::run(ask_twice()); }
