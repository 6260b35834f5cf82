// SPDX-License-Identifier: MIT

// Tasks that come and go, with a common end: a task group.

#include <patio/patio.hpp>

#include <cstdio>
#include <stdexcept>

using namespace std::chrono_literals;

patio::async<> download(int part) {
    co_await patio::sleep(part * 10ms);
    if (part == 3) throw std::runtime_error{"part 3 is missing"};
    std::printf("part %d is here\n", part);
}

patio::async<> fetch_all() {
    co_await patio::with_task_group([](patio::task_group& group) -> patio::async<> {
        for (int part = 1; part <= 5; ++part)
            group.spawn(download, part);
        co_return;  // the group is left when every child has ended
    });
}

patio::async<> program() {
    try {
        co_await fetch_all();
    } catch (const patio::exception_group& failures) {  // parts 4 and 5 were cancelled
        std::printf("%s\n", failures.what());
    }
}

int main() { patio::run(program()); }
