// SPDX-License-Identifier: MIT
//
// TASK: The log mixes up two orders. Let each order carry its own number through all calls.
// HINT: In a patio::context_var<std::string> number{"-"}; each task has a value of its own:
// number.set("1"), number.get().
// FAILS: it said "\[2\] cooking soup", "\[2\] cooking pie", "\[2\] served", "\[2\] served"

#include "support/learn.hpp"

using namespace std::chrono_literals;

// TODO: this one is shared by all tasks; it should belong to the task and to those that it starts.
std::string order_number = "-";

void log(std::string what) { learn::say("[" + order_number + "] " + what); }

patio::async<> cook(std::string dish) {
    co_await patio::sleep(10min);
    log("cooking " + dish);
    co_await patio::sleep(10min);
}

patio::async<> take_order(std::string number, std::string dish) {
    order_number = number;
    co_await cook(dish);
    log("served");
}

patio::async<> evening() {
    co_await patio::gather(take_order("1", "soup"), take_order("2", "pie"));
    log("closed");
}

// --- check

int main() {
    return learn::check(
        [] {
            learn::watch(evening());
            learn::expect_said(
                {"[1] cooking soup", "[2] cooking pie", "[1] served", "[2] served", "[-] closed"},
                "what one order sets, another one must not see");
            learn::expect_time(20min, "both orders are worked on at the same time");
        },
        "a context variable goes where its task goes, and nowhere else.");
}
