// SPDX-License-Identifier: MIT

// Why async at all: programs spend their time waiting.

#include "stations.hpp"

#include <chrono>
#include <thread>

using namespace std::chrono_literals;

namespace {

// show: errands
void fetch() {
    std::this_thread::sleep_for(300ms);  // stands for a server that takes its time
}
// end

}  // namespace

void tour::waiting(stage& out) {
    out.say(
        "Most programs wait: for a server, a disk, a database. Here is a plain function that "
        "waits, called three times.");
    out.code("errands");

    timeline line;
    const double processor_before = processor_seconds();
    for (const char* name : {"fetch 1", "fetch 2", "fetch 3"}) {
        const timeline::bar bar{line, name};
        fetch();
    }
    const double busy = processor_seconds() - processor_before;

    out.draw(line);
    out.say(
        text("\nThat took %.2f s, and the processor worked for %.4f s of it. The program stood "
             "at a counter with its hands in its pockets. Like a waiter who serves one table "
             "and stares at the kitchen door: the other tables wait too.",
             line.seconds(), busy));
    out.promise(busy < 0.1 * line.seconds(), "nearly all of the time was waiting");
}
