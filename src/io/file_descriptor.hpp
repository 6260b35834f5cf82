// SPDX-License-Identifier: MIT
#pragma once

// A file descriptor with an owner.

#include <cerrno>
#include <system_error>
#include <utility>

#include <unistd.h>

namespace patio::detail {

/// Owns one file descriptor, or none.
class file_descriptor {
public:
    file_descriptor() noexcept = default;
    explicit file_descriptor(int fd) noexcept : fd_{fd} {}
    file_descriptor(file_descriptor&& other) noexcept : fd_{std::exchange(other.fd_, -1)} {}
    file_descriptor& operator=(file_descriptor&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }
    // close(2): on Linux the descriptor is gone whatever the result says, so it is never repeated.
    ~file_descriptor() {
        if (fd_ >= 0) ::close(fd_);
    }

    /// Takes what a system call returned. **Fails** with std::system_error if that was -1.
    [[nodiscard]] static file_descriptor checked(int fd, const char* what) {
        if (fd < 0) throw std::system_error{errno, std::generic_category(), what};
        return file_descriptor{fd};
    }

    /// Gives the ownership away.
    [[nodiscard]] int release() noexcept { return std::exchange(fd_, -1); }
    [[nodiscard]] int value() const noexcept { return fd_; }
    explicit operator bool() const noexcept { return fd_ >= 0; }

private:
    int fd_ = -1;
};

}  // namespace patio::detail
