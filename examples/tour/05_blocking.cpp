// SPDX-License-Identifier: MIT

// A blocking call in a coroutine stops everybody; the watchdog says who did it while it happens.

#include "stations.hpp"

#include <patio/patio.hpp>

#include <mutex>
#include <thread>

using namespace std::chrono_literals;
using tour::timeline;

namespace {

// show: guests
patio::async<> rude_guest(timeline& line) {
    const timeline::bar bar{line, "rude"};
    std::this_thread::sleep_for(400ms);  // blocks the thread, and so the loop
    co_return;
}

patio::async<> polite_guest(timeline& line) {
    const timeline::bar bar{line, "polite"};
    co_await patio::sleep(400ms);  // pauses this coroutine only
}

patio::async<> waiter(timeline& line) {
    for (int round = 0; round < 4; ++round) {
        co_await patio::sleep(100ms);
        line.mark("waiter");  // "everything all right?"
    }
}
// end

/// What was reported, and whether the block was still going on then.
struct complaint {
    std::mutex lock;
    std::string text;
    double after_seconds = 0;
};

void serve(patio::async<> (*guest)(timeline&), timeline& line, complaint& heard) {
    const tour::stopwatch clock;
    auto table = [&]() -> patio::async<> { co_await patio::gather(guest(line), waiter(line)); };
    patio::run_options options;
    options.watchdog(100ms);
    options.on_report([&](const patio::report& report) {  // comes from the watchdog's thread
        const std::lock_guard guard{heard.lock};
        heard.text = report.text();
        heard.after_seconds = clock.seconds();
    });
    patio::run(table, options);
}

}  // namespace

void tour::blocking(stage& out) {
    out.say(
        "A waiter asks every 100 ms whether anybody needs something. At the table sits one of "
        "these guests:");
    out.code("guests");

    out.say("With the polite guest the rounds go on:");
    timeline good;
    complaint silence;
    serve(polite_guest, good, silence);
    out.draw(good);

    out.say("\nWith the rude one nobody is served until he is done:");
    timeline bad;
    complaint heard;
    serve(rude_guest, bad, heard);
    out.draw(bad);

    out.say(text("\nPatio's watchdog noticed after %.2f s, while the guest was still blocking:",
                 heard.after_seconds));
    out.show(heard.text);
    out.promise(silence.text.empty(), "nothing was reported of the polite guest");
    out.promise(heard.text.find("rude_guest") != std::string::npos && heard.after_seconds < 0.4,
                "the rude one was named while he blocked");
}
