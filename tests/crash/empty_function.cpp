// SPDX-License-Identifier: MIT
//
// expect-status: SIGABRT
// expect-stderr: ^patio: an empty unique_function was called$

#include <patio/base/unique_function.hpp>

int main() {
    patio::unique_function<void()> nothing;
    nothing();
}
