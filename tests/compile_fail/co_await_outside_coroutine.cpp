// SPDX-License-Identifier: MIT
// expect-clang: this function cannot be a coroutine
// expect-gcc: unable to find the promise type for this coroutine

#include <patio/core/async.hpp>
#include <patio/core/sleep.hpp>

int not_async() {
    co_await patio::sleep(patio::duration::seconds(1));
    return 0;
}
