// SPDX-License-Identifier: MIT
// expect-clang: 'co_await' cannot be used in the handler of a try block
// expect-gcc: await expressions are not permitted in handlers

#include <patio/core/async.hpp>
#include <patio/core/sleep.hpp>

patio::async<> fetch();

patio::async<> try_twice() {
    try {
        co_await fetch();
    } catch (...) {
        co_await patio::sleep(patio::duration::seconds(1));
        co_await fetch();
    }
}
