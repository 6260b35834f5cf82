// SPDX-License-Identifier: MIT
#pragma once

// The stations of the tour, in the lesson's order.

#include "stage.hpp"

#include <string_view>

namespace tour {

void waiting(stage& out);
void coroutine(stage& out);
void concurrent(stage& out);
void results(stage& out);
void blocking(stage& out);
void computing(stage& out);
void timeouts(stage& out);
void groups(stage& out);
void mistakes(stage& out);
void many(stage& out);
void pages(stage& out);

struct station {
    const char* name;
    const char* title;
    void (*visit)(stage& out);
};

inline constexpr station stations[] = {
    {"waiting", "The waiting problem", waiting},
    {"coroutine", "A coroutine is a function that can pause", coroutine},
    {"concurrent", "One after another, or all at once", concurrent},
    {"results", "Results come back in order", results},
    {"blocking", "Never block the loop", blocking},
    {"computing", "Waiting or computing?", computing},
    {"timeouts", "Timeouts, cancellation and destructors", timeouts},
    {"groups", "When one of several fails", groups},
    {"mistakes", "The common mistakes, and what you will read", mistakes},
    {"many", "A hundred thousand sleepers", many},
    {"pages", "Twenty pages over a network", pages},
};

/// The text of examples/tour/NN_<name>.cpp, put into the program when it is built.
std::string_view source_of(std::string_view station);
/// What the compiler said to tests/compile_fail/<name>.cpp when the tour was built.
std::string_view compiler_says(std::string_view mistake);

}  // namespace tour
