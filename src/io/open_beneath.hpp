// SPDX-License-Identifier: MIT
#pragma once

// Opening what strangers name, in a directory that they must not leave.

#include <patio/base/config.hpp>
#include <patio/core/async.hpp>
#include <patio/io/file.hpp>
#include <patio/io/file_status.hpp>

#include <cstdint>
#include <string>

namespace patio::detail {

/// What becomes of symbolic links, at any place of a path.
enum class links_beneath : std::uint8_t {
    stay_inside,  ///< those that lead out of the directory, and absolute ones, are as if not there
    may_leave,    ///< they are followed
};

enum class beneath : std::uint8_t { found, not_found, forbidden };

/// A file or directory that was found, open for reading, and what it was like then.
struct opened_beneath {
    beneath outcome = beneath::not_found;
    file opened;
    file_status status;
};

/// Opens `path`, relative and without "..", in `directory`: looking and opening are one step, so
/// nothing can be put in between. Never waits for another process.
///
/// **Suspends** until a thread has opened it, unless all names are in the kernel's memory.
/// "Not found" is also a path that is too long, goes through a file, or has a link that it must not
/// follow; "forbidden" is what this process has no right to read.
/// **Fails** with `patio::error` if it is for another reason: no descriptors are left.
/// **Source** openat2(2), RESOLVE_BENEATH and RESOLVE_CACHED. Where the kernel has none
/// (before 5.6, or a sandbox forbids it), the name that the kernel gives to the open file (proc(5),
/// /proc/self/fd) must be in the directory.
[[nodiscard]] PATIO_EXPORT async<opened_beneath> open_beneath(
    std::string directory, std::string path, links_beneath links = links_beneath::stay_inside);

/// The same with a thread in every case, for tests on machines with memory.
[[nodiscard]] PATIO_EXPORT async<opened_beneath> open_beneath_on_thread(
    std::string directory, std::string path, links_beneath links = links_beneath::stay_inside);

/// The second way of keeping inside, for tests on kernels that have the first.
[[nodiscard]] PATIO_EXPORT bool is_beneath(int directory, int opened);

}  // namespace patio::detail
