// SPDX-License-Identifier: MIT

// Code that may crash, in processes of its own: a process pool. And a loop that computes, on
// threads: parallel_for.

#include <patio/patio.hpp>

#include <csignal>
#include <cstdio>
#include <string>
#include <vector>

std::size_t count_words(const std::string& text) {
    if (text.empty()) std::raise(SIGKILL);  // a bug in somebody's library
    std::size_t count = 1;
    for (const char letter : text)
        count += letter == ' ' ? 1 : 0;
    return count;
}

patio::async<> program() {
    patio::process_pool pool;
    for (const char* text : {"to be or not to be", "", "that is the question"}) {
        try {
            const std::size_t count = co_await pool.run(count_words, text);
            std::printf("%zu words\n", count);
        } catch (const patio::worker_died& death) {  // the next text gets another process
            std::printf("a worker was ended by signal %d\n", death.signal());
        }
    }

    std::vector<long> squares(1000);
    co_await patio::parallel_for(0, 1000, [&](int i) { squares[std::size_t(i)] = long{i} * i; });
    std::printf("999 * 999 = %ld\n", squares[999]);
}

int main() {
    const patio::fork_server server;  // before there is any thread
    patio::run(program());
}
