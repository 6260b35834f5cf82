// SPDX-License-Identifier: MIT
#pragma once

// SIGPIPE does not end a program whose peer went away.

#include <patio/base/config.hpp>

namespace patio::detail {

/// While one of these lives, SIGPIPE does nothing: writes to a pipe or socket that nobody reads
/// fail with EPIPE, which an operation can tell its caller. If the program has said what SIGPIPE
/// shall do, that stays. The last one gives the default action back, unless the program has said
/// something meanwhile.
///
/// What is installed is a handler that does nothing, and not SIG_IGN: execve(2) gives handlers back
/// to the default but leaves alone what is ignored, and programs that are executed from here, by
/// whichever library, count on being ended when `head` has seen enough. A forked child has the
/// default action again.
///
/// **Threads** any; they are counted.
class PATIO_EXPORT broken_pipes_tolerated {
public:
    broken_pipes_tolerated() noexcept;
    broken_pipes_tolerated(const broken_pipes_tolerated&) = delete;
    broken_pipes_tolerated& operator=(const broken_pipes_tolerated&) = delete;
    ~broken_pipes_tolerated();
};

}  // namespace patio::detail
