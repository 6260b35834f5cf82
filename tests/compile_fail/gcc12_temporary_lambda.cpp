// SPDX-License-Identifier: MIT
// GCC 12 would destroy the captured string twice.
// expect-clang: compiles
// expect-gcc: name the lambda first \(auto body = \[x\] …; co_await f\(body\);\) or capture by
// reference

#include <patio/core/task_group.hpp>

#include <string>

patio::async<> serve() {
    std::string name = "a name that is too long for the small buffer";
    co_await patio::with_task_group([name](patio::task_group&) -> patio::async<> { co_return; });
}
