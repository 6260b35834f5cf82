// SPDX-License-Identifier: MIT
// A broken assertion says what is wrong and where, after all that was printed before.
//
// expect-status: SIGABRT
// expect-stdout: ^printed before$
// expect-stderr: ^patio: the door must be open before anyone walks through$
// expect-stderr: ^  at .*tests/crash/assert\.cpp:\d+ in .*walk
// expect-stderr: ^told by the context$
// expect-no-stderr: not reached

#include <patio/base/assert.hpp>

#include <cstdio>

namespace {

void tell_context() noexcept { std::fputs("told by the context\n", stderr); }

void walk(bool is_open) {
    PATIO_ASSERT(is_open, "the door must be open before anyone walks through");
    std::fputs("not reached\n", stderr);
}

}  // namespace

int main(int count, char**) {
    patio::detail::set_fatal_context(tell_context);
    std::puts("printed before");
    walk(count > 100);
}
