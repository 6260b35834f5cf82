// SPDX-License-Identifier: MIT

#include "support/learn.hpp"

using namespace std::chrono_literals;

using sender = patio::channel_sender<std::string>;
using receiver = patio::channel_receiver<std::string>;

patio::async<> dig(sender out) {
    for (int number = 1; number <= 3; ++number) {
        co_await patio::sleep(1min);
        co_await out.send("carrot " + std::to_string(number));
    }
}

patio::async<> wash(receiver in, sender out) {
    while (auto carrot = co_await in.receive()) {
        co_await patio::sleep(1min);
        co_await out.send("clean " + *carrot);
    }
}

patio::async<> cook(receiver in) {
    while (auto carrot = co_await in.receive())
        learn::say(*carrot + " is in the pot");
    learn::say("supper is ready");
}

patio::async<> kitchen() {
    auto [to_wash, dirty] = patio::channel<std::string>(1);
    auto [to_cook, clean] = patio::channel<std::string>(1);
    co_await patio::gather(dig(std::move(to_wash)), wash(std::move(dirty), std::move(to_cook)),
                           cook(std::move(clean)));
}

// --- check

int main() {
    return learn::check(
        [] {
            learn::watch(kitchen());
            learn::expect_said({"clean carrot 1 is in the pot", "clean carrot 2 is in the pot",
                                "clean carrot 3 is in the pot", "supper is ready"},
                               "every carrot goes through all stages");
            learn::expect_time(4min, "while one carrot is washed the next one is dug");
        },
        "a channel ends with its last sender, and the end runs down the pipeline.");
}
