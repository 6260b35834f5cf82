// SPDX-License-Identifier: MIT

// A program with two loops, each on its own thread: orders go to whichever has time.

#include <patio/patio.hpp>

#include <cstdio>

using orders = patio::shared_channel<int>;

/// Runs on every loop at once; what it uses beside its arguments belongs to its own loop.
patio::async<int> cook(orders work) {
    int cooked = 0;
    while (const auto order = co_await work.receive())
        cooked += *order;
    co_return cooked;
}

patio::async<> take_orders(orders work) {
    for (int order = 1; order <= 100; ++order)
        co_await work.send(order);
    work.close();  // the cooks finish what is left
}

patio::async<std::size_t> where_am_i() { co_return patio::this_loop_index(); }

patio::async<> program() {
    const std::size_t index = co_await patio::call_on(patio::loop_at(1), where_am_i);
    std::printf("the coroutine ran on loop %zu of %zu\n", index, patio::loop_count());

    const orders work{16};
    auto [cooked, none] = co_await patio::gather(patio::on_each_loop(cook, work),  //
                                                 take_orders(work));
    std::printf("%d is the sum of all orders\n", cooked[0] + cooked[1]);
}

int main() { patio::run(program(), patio::run_options{}.loops(2)); }
