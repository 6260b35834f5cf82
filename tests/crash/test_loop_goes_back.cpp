// SPDX-License-Identifier: MIT
// expect-status: SIGABRT
// expect-stderr: ^patio: a loop was told to go back in time: time only goes on$

#include <patio/testing/run.hpp>

#include <chrono>

int main() {
    patio::testing::test_loop loop;
    loop.advance(std::chrono::seconds{2});
    loop.advance(std::chrono::seconds{-1});
}
