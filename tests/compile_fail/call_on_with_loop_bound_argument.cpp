// SPDX-License-Identifier: MIT
// expect-clang: this argument cannot go to another loop: it is bound to its own, or a reference
// expect-clang: argument_for_another_loop<2, patio::event ?\*>
// expect-gcc: this argument cannot go to another loop: it is bound to its own, or a reference
// expect-gcc: argument_for_another_loop<2, patio::event ?\*>
#include <patio/core/sync/event.hpp>
#include <patio/io/call_on.hpp>

patio::async<> wait_there(int, patio::event* on) { co_await on->wait(); }

patio::async<> program(patio::event& here) {
    co_await patio::call_on(patio::loop_at(1), wait_there, 3, &here);
}
