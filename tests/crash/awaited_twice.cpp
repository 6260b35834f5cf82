// SPDX-License-Identifier: MIT
// expect-status: SIGABRT
// expect-stderr: ^patio: co_await of an empty coroutine or task handle: it was awaited before
// expect-stderr: ^  at .*awaited_twice\.cpp:27 in .*use_twice
// expect-stderr: ^  in task 'serve', spawned at awaited_twice\.cpp:38:$
// expect-stderr: ^    use_twice, running, defined at awaited_twice\.cpp:\d+$
// expect-stderr: ^    serve, co_await at awaited_twice\.cpp:32 \(timeout\)$
// expect-stderr: ^  in a gather of task 'run_all', which waits at awaited_twice\.cpp:38$
// expect-no-stderr: adopt_in_frame

#include <patio/core/gather.hpp>
#include <patio/core/sleep.hpp>
#include <patio/core/timeout.hpp>
#include <patio/testing/run.hpp>

#include <chrono>

namespace {

using namespace std::chrono_literals;

patio::async<int> answer() { co_return 42; }

patio::async<> use_twice() {
    auto once = answer();
    co_await std::move(once);
    co_await std::move(once);
}

patio::async<> serve() {
    co_await patio::sleep(1s);
    co_await patio::timeout(1h, use_twice());
}

patio::async<> run_all() {
    auto naps = patio::sleep(2s);
    auto server = serve();
    co_await patio::gather(std::move(server), std::move(naps));
}

}  // namespace

int main() { patio::testing::run(run_all()); }
