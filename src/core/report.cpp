// SPDX-License-Identifier: MIT

#include <patio/core/report.hpp>

#include <patio/core/loop.hpp>

#include <cstdio>
#include <string>

namespace patio {

void emit_report(const report& what) noexcept {
    if (detail::this_loop != nullptr) {
        detail::this_loop->self->emit(what);
    } else {
        detail::print_report(what);
    }
}

namespace detail {

void print_report(const report& what) noexcept {
    std::fflush(stdout);  // so that the block stands where it happened
    std::fprintf(stderr, "patio: %s\n", what.text());
    std::fflush(stderr);
}

}  // namespace detail
}  // namespace patio
