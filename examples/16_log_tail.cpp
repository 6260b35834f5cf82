// SPDX-License-Identifier: MIT

// Follows a file that others append to, as `tail -f` does: 16_log_tail PATH. Without an argument it
// writes a log itself.

#include <patio/patio.hpp>

#include <cstdio>
#include <string>
#include <utility>

using namespace std::chrono_literals;

/// The lines of a file, those to come as well, for ever. One that was cut is read from its
/// beginning.
patio::async_generator<std::string> follow(std::string path) {
    patio::file log = co_await patio::file::open(path);
    std::string unfinished;
    for (;;) {
        const std::string news = co_await log.read_some(64 * 1024);
        for (const char letter : news) {
            if (letter != '\n') {
                unfinished += letter;
                continue;
            }
            co_yield std::exchange(unfinished, {});
        }
        if (!news.empty()) continue;
        co_await patio::sleep(50ms);
        const patio::file_status now = co_await log.status();
        if (now.size() < log.position()) {
            log.seek(0);
            unfinished.clear();
        }
    }
}

patio::async<> print_lines(std::string path) {
    auto lines = follow(std::move(path));
    while (auto line = co_await lines.next()) {
        std::printf("%s\n", line->c_str());
        std::fflush(stdout);
        if (*line == "bye") co_return;
    }
}

/// A program that logs, and is not always at the end of a line.
patio::async<> write_log(std::string path) {
    for (const char* text : {"starting\nlisten", "ing\n", "serving 1", "0 requests\n", "bye\n"}) {
        co_await patio::append_file(path, text);
        co_await patio::sleep(20ms);
    }
}

patio::async<> demonstrate(std::string directory) {
    const std::string path = directory + "/log";
    co_await patio::write_file(path, "an old line\n");
    co_await patio::gather(print_lines(path), write_log(path));
}

int main(int argc, char** argv) {
    if (argc == 2) {
        patio::run(print_lines(argv[1]));
    } else {
        patio::run(patio::with_temp_directory(demonstrate));
    }
}
