// SPDX-License-Identifier: MIT
#pragma once

// Failures with what was being done, to which path.

#include "file_calls.hpp"

#include <patio/core/error.hpp>

#include <string>

namespace patio::detail {

[[noreturn]] inline void fail_call(call_result result, const char* doing, const std::string& path) {
    throw error::from_errno(static_cast<int>(-result), std::string{doing} + " " + path);
}

/// Throws if the result is an error.
inline call_result check_call(call_result result, const char* doing, const std::string& path) {
    if (result < 0) fail_call(result, doing, path);
    return result;
}

/// **Fails** with `errc::malformed` if the kernel would see less of the path than the caller does.
inline void check_path(const char* doing, const std::string& path) {
    if (path.find('\0') == std::string::npos) return;
    throw error{errc::malformed, std::string{doing} + " a path with a zero in it: " + path.c_str()};
}

}  // namespace patio::detail
