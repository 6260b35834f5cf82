// SPDX-License-Identifier: MIT
#include <patio/base/config.hpp>

#include <cstdio>

int main() { std::printf("%d %d %d\n", 3, 7, 11); }
