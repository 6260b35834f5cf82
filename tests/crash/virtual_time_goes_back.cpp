// SPDX-License-Identifier: MIT
// expect-status: SIGABRT
// expect-stderr: ^patio: a clock was told to go back: time only goes on$

#include <patio/testing/virtual_time.hpp>

#include <chrono>

int main() {
    patio::testing::virtual_time time;
    time.advance(std::chrono::seconds{2});
    time.advance(std::chrono::seconds{-1});
}
