// SPDX-License-Identifier: MIT
#pragma once

// A whole run: from the options to the summary.

#include "options.hpp"

#include <patio/core/async.hpp>

#include <stdexcept>

namespace fetch {

/// What was asked for cannot be begun: exit status 2.
class bad_request : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

inline constexpr int exit_fine = 0;
inline constexpr int exit_failed = 1;
inline constexpr int exit_usage = 2;
inline constexpr int exit_interrupted = 130;

/// Fetches, shows how it goes on standard output, and writes the results.
/// **Returns** the exit status. **Fails** with bad_request before anything was fetched.
[[nodiscard]] patio::async<int> run(options how);

}  // namespace fetch
