// SPDX-License-Identifier: MIT

#include "file_calls.hpp"

#include <cstdio>

#include <sys/uio.h>
#include <sys/utsname.h>

namespace patio::detail {

namespace {

/// preadv2(2), BUGS: Linux 5.9 and 5.10 say that a file is at its end where it only is not cached.
bool can_trust_quick_reads() noexcept {
    static const bool can_trust = [] {
        utsname system{};
        unsigned major = 0;
        unsigned minor = 0;
        if (::uname(&system) != 0) return false;
        if (std::sscanf(system.release, "%u.%u", &major, &minor) != 2) return false;
        return major > 5 || (major == 5 && minor > 10);
    }();
    return can_trust;
}

}  // namespace

call_result pread_call::without_waiting() const noexcept {
    if (!can_trust_quick_reads()) return -EOPNOTSUPP;
    const iovec part{target, size};
    return or_errno(::preadv2(fd, &part, 1, static_cast<off_t>(offset), RWF_NOWAIT));
}

}  // namespace patio::detail
