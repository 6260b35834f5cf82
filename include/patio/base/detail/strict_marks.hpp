// SPDX-License-Identifier: MIT
#pragma once

// What tells Clang which types are coroutines and which plain functions hand one on.
//
// Clang can follow references and lambda captures into a coroutine that outlives them, but then it
// refuses plain functions that return one, std::invoke's included, unless they are marked
// [[clang::coro_wrapper]]. `patio::strict` opts in; the macros change diagnostics, never a class.
#if defined(PATIO_STRICT) && defined(__clang__)
#define PATIO_DETAIL_COROUTINE [[clang::coro_return_type, clang::coro_lifetimebound]]
#define PATIO_DETAIL_COROUTINE_WRAPPER [[clang::coro_wrapper, clang::coro_disable_lifetimebound]]
/// The same behind a lambda's parameters, where C++20 has no place for attributes of the call.
#define PATIO_DETAIL_COROUTINE_WRAPPER_LAMBDA __attribute__((coro_wrapper))
#else
#define PATIO_DETAIL_COROUTINE
#define PATIO_DETAIL_COROUTINE_WRAPPER
#define PATIO_DETAIL_COROUTINE_WRAPPER_LAMBDA
#endif
