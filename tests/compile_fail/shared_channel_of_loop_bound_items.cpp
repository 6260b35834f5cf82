// SPDX-License-Identifier: MIT
// expect-clang: the items of a shared_channel go to other loops: these are bound to theirs
// expect-gcc: the items of a shared_channel go to other loops: these are bound to theirs
#include <patio/core/task.hpp>
#include <patio/io/shared_channel.hpp>

patio::shared_channel<patio::task<int>> tasks{1};
