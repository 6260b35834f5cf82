// SPDX-License-Identifier: MIT
#pragma once

// Starting a program: the blocking part, for a thread.

#include "file_descriptor.hpp"

#include <patio/io/process_options.hpp>

#include <string>

#include <sys/types.h>
#include <sys/wait.h>

namespace patio::detail {

/// waitid(2): P_PIDFD, Linux 5.4, which glibc names since 2.36 only.
inline constexpr auto by_pidfd = static_cast<idtype_t>(3);

/// A process that has been started, and this program's ends of its pipes.
struct spawned {
    pid_t pid = -1;
    file_descriptor pidfd;
    file_descriptor in;
    file_descriptor out;
    file_descriptor err;
};

/// What the options come to.
///
/// posix_spawn(3) does the work. glibc's uses clone(2) with CLONE_VM and CLONE_VFORK, so that
/// nothing is copied, on a stack of its own, with all signals blocked until the program is
/// executed, and tells why execve(2) failed; all that would have to be built again around vfork(2)
/// or clone3(2). What it has not got in glibc 2.36 is CLONE_PIDFD; pidfd_open(2) after it finds the
/// right process as long as nobody else waits for our children, and a look by waitid(2) finds out.
struct spawn_request {
    explicit spawn_request(const process_options& of) : options{of} {}

    /// **Fails** with `patio::error` that names the program, the directory or the file.
    [[nodiscard]] spawned start() const;

    /// "'sort'", for messages.
    [[nodiscard]] std::string name() const;
    [[nodiscard]] duration grace() const noexcept { return options.grace_; }
    [[nodiscard]] stream_limits limits() const noexcept { return options.limits_; }
    [[nodiscard]] bool has_own_group() const noexcept {
        return options.group_ != process_options::group::inherit;
    }
    /// The options with pipes where streams would be inherited.
    [[nodiscard]] process_options with_pipes(bool has_input) const;
    /// **Fails** with usage_error for what no process can be given.
    void check() const;

    process_options options;

private:
    class preparation;
};

}  // namespace patio::detail
