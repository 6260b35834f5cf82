// SPDX-License-Identifier: MIT

// Values come back through co_await, and from gather in argument order.

#include "stations.hpp"

#include <patio/patio.hpp>

using namespace std::chrono_literals;
using tour::timeline;

namespace {

// show: add
patio::async<int> add(int a, int b) {
    co_await patio::sleep(100ms);
    co_return a + b;
}
// end

patio::async<std::string> dish(const char* name, patio::duration time, std::string& order,
                               timeline& line) {
    const timeline::bar bar{line, name};
    co_await patio::sleep(time);
    order += order.empty() ? name : std::string{", "} + name;
    co_return name;
}

struct dinner {
    int sum = 0;
    std::string finished;
    std::string served;
};

patio::async<dinner> dine(timeline& line) {
    dinner result;
    // show: results
    result.sum = co_await add(3, 4);

    auto [soup, steak, cake] = co_await patio::gather(  //
        dish("soup", 300ms, result.finished, line),     //
        dish("steak", 200ms, result.finished, line),    //
        dish("cake", 100ms, result.finished, line));
    // end
    result.served = soup + ", " + steak + ", " + cake;
    co_return result;
}

}  // namespace

void tour::results(stage& out) {
    out.say("A coroutine returns with co_return; co_await gives the value to the caller.");
    out.code("add");
    out.say(
        "gather gives all values, in the order of its arguments, whoever ended first. Each may "
        "have a type of its own.");
    out.code("results");
    timeline line;
    const dinner result = patio::run(dine(line));
    out.draw(line);
    out.show(text("add(3, 4)      = %d\nready in order = %s\nresults        = %s", result.sum,
                  result.finished.c_str(), result.served.c_str()));
    out.promise(result.sum == 7, "co_await gave the sum");
    out.promise(result.finished == "cake, steak, soup" && result.served == "soup, steak, cake",
                "ready first is not served first: the results are in argument order");
}
