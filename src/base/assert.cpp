// SPDX-License-Identifier: MIT

#include <patio/base/assert.hpp>

#include <cstdio>
#include <cstdlib>

namespace patio {

namespace detail {
namespace {

fatal_context current_context = nullptr;

}  // namespace

void set_fatal_context(fatal_context context) noexcept {
    __atomic_store_n(&current_context, context, __ATOMIC_RELAXED);
}

}  // namespace detail

void misuse(const char* what, std::source_location where) noexcept {
    std::fflush(stdout);
    std::fprintf(stderr, "patio: %s\n  at %s:%u in %s\n", what, where.file_name(),
                 static_cast<unsigned>(where.line()), where.function_name());
    if (const auto context = __atomic_load_n(&detail::current_context, __ATOMIC_RELAXED)) context();
    std::fflush(stderr);
    std::abort();
}

}  // namespace patio
