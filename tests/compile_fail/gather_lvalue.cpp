// SPDX-License-Identifier: MIT
// expect-clang: a coroutine is awaited once: hand it over with std::move\(x\)
// expect-gcc: a coroutine is awaited once: hand it over with std::move\(x\)

#include <patio/core/gather.hpp>

patio::async<> greet() { co_return; }

patio::async<> both() {
    auto one = greet();
    co_await patio::gather(one, greet());
}
