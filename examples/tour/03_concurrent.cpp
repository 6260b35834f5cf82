// SPDX-License-Identifier: MIT

// The same work, one after another and all at once.

#include "stations.hpp"

#include <patio/patio.hpp>

using namespace std::chrono_literals;
using tour::timeline;

namespace {

// show: fetch
patio::async<> fetch(const char* name, timeline& line) {
    const timeline::bar bar{line, name};  // draws from here to the end of the function
    co_await patio::sleep(300ms);
}
// end

// show: sequential
patio::async<> sequential(timeline& line) {
    co_await fetch("fetch 1", line);
    co_await fetch("fetch 2", line);
    co_await fetch("fetch 3", line);
}
// end

// show: concurrent
patio::async<> concurrent(timeline& line) {
    co_await patio::gather(fetch("fetch 1", line),  //
                           fetch("fetch 2", line),  //
                           fetch("fetch 3", line));
}
// end

}  // namespace

void tour::concurrent(stage& out) {
    out.say(
        "patio::sleep pauses one coroutine; the loop is free for others. So does every wait in "
        "Patio.");
    out.code("fetch");
    out.say("One after another:");
    out.code("sequential");
    timeline slow;
    patio::run(sequential(slow));
    out.draw(slow);

    out.say("\nAll at once, with patio::gather:");
    out.code("concurrent");
    timeline fast;
    patio::run(::concurrent(fast));
    out.draw(fast, slow.seconds());

    out.say(
        text("\n%.2f s became %.2f s, on one thread. Nothing was computed faster: the three "
             "waited at the same time.",
             slow.seconds(), fast.seconds()));
    out.promise(fast.seconds() < 0.5 * slow.seconds(),
                "the concurrent run took less than half of the sequential one");
}
