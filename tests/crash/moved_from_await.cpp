// SPDX-License-Identifier: MIT
// expect-status: SIGABRT
// expect-stderr: ^patio: co_await of an empty coroutine or task handle: .* or moved from$
// expect-stderr: ^  at .*moved_from_await\.cpp:20 in .*lose_it
// expect-stderr: ^  in task 'lose_it', spawned at moved_from_await\.cpp:25:$
// expect-stderr: ^    lose_it, running, defined at moved_from_await\.cpp:\d+$

#include <patio/testing/run.hpp>

#include <utility>

namespace {

patio::async<> greet() { co_return; }

patio::async<> lose_it() {
    auto first = greet();
    auto second = std::move(first);
    co_await std::move(second);
    co_await std::move(first);
}

}  // namespace

int main() { patio::testing::run(lose_it()); }
