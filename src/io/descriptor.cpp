// SPDX-License-Identifier: MIT

#include <patio/io/descriptor.hpp>

#include <patio/core/error.hpp>

#include <cerrno>

#include <fcntl.h>
#include <unistd.h>

namespace patio {

descriptor descriptor::duplicate(int fd) {
    const int made = ::fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (made < 0) throw error::from_errno(errno, "duplicating a descriptor");
    return descriptor{made};
}

void descriptor::reset(int fd) noexcept {
    // close(2): on Linux the descriptor is gone whatever the result says, so it is never repeated.
    if (fd_ >= 0) ::close(fd_);
    fd_ = fd;
}

}  // namespace patio
