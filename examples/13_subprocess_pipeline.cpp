// SPDX-License-Identifier: MIT

// Programs as the stages of a pipeline, with this one between them.

#include <patio/patio.hpp>

#include <cstdio>
#include <string>

using patio::process;
using patio::redirect;

/// Takes the lines of one process, changes them, and gives them to the next.
patio::async<> number_lines(process& from, process& to) {
    int number = 0;
    while (auto line = co_await from.std_out().read_line()) {
        co_await to.std_in().write(std::to_string(++number), "\t", *line, "\n");
    }
    co_await to.std_in().close();  // sort waits for the end
}

patio::async<> program() {
    patio::process_options words{"printf", "%s\\n", "lemon", "apple", "cherry"};
    patio::process_options sorting{"sort", "-k", "2"};
    // Should anything fail in here, both processes are ended and waited for.
    process printing = co_await patio::start_process(words.std_out(redirect::pipe()));
    process sorted =
        co_await patio::start_process(sorting.std_in(redirect::pipe()).std_out(redirect::pipe()));

    const auto [ignored, text] =
        co_await patio::gather(number_lines(printing, sorted), sorted.std_out().read_all());
    std::printf("%s", text.c_str());

    const patio::exit_status first = co_await printing.wait();
    const patio::exit_status second = co_await sorted.wait();
    std::printf("printf %s, sort %s\n", first.to_string().c_str(), second.to_string().c_str());
}

int main() { patio::run(program()); }
