// SPDX-License-Identifier: MIT
// What start() runs must be able to say that it is ready.
// expect-clang: let f take a patio::ready<T> first
// expect-gcc: let f take a patio::ready<T> first

#include <patio/core/task_group.hpp>

patio::async<> serve(int port);

patio::async<> run(patio::task_group& group) { co_await group.start(serve, 80); }
