// SPDX-License-Identifier: MIT

#include "forks.hpp"

#include <patio/core/detail/loop_state.hpp>
#include <patio/core/loop.hpp>

#include <pthread.h>

namespace patio::detail {

namespace {

std::uint32_t fork_count = 0;

void count_fork() noexcept {
    __atomic_add_fetch(&fork_count, 1, __ATOMIC_RELAXED);
    // The child has its parent's loop on its stack and must not run it; it may run one of its own.
    if (this_loop != nullptr) this_loop->self->abandon();
}

/// Before main: inside of a guarded static it could be missed by a fork on another thread.
[[maybe_unused]] const int registered = ::pthread_atfork(nullptr, nullptr, [] { count_fork(); });

}  // namespace

std::uint32_t count_of_forks() noexcept { return __atomic_load_n(&fork_count, __ATOMIC_RELAXED); }

}  // namespace patio::detail
