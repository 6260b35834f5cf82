// SPDX-License-Identifier: MIT
#pragma once

// A file descriptor with an owner.

#include <patio/base/config.hpp>

#include <utility>

namespace patio {

/// Owns one of the system's file descriptors, or none: what other programs pass on, and what Patio
/// has no class for.
///
/// **Owns** it: the destructor closes it, as the assignment of another one does.
/// **Threads** any one at a time.
class PATIO_EXPORT descriptor {
public:
    /// None.
    descriptor() noexcept = default;
    /// Takes one over; -1 is none.
    explicit descriptor(int fd) noexcept : fd_{fd} {}
    descriptor(descriptor&& other) noexcept : fd_{other.release()} {}
    descriptor& operator=(descriptor&& other) noexcept {
        if (this != &other) reset(other.release());
        return *this;
    }
    ~descriptor() { reset(-1); }

    /// Another descriptor of the same open file, which no executed program inherits.
    /// **Fails** with `patio::error`: bad_file_descriptor, too_many_files_open.
    [[nodiscard]] static descriptor duplicate(int fd);

    /// Its number, or -1.
    [[nodiscard]] int value() const noexcept { return fd_; }
    [[nodiscard]] explicit operator bool() const noexcept { return fd_ >= 0; }
    /// Gives the ownership away.
    [[nodiscard]] int release() noexcept { return std::exchange(fd_, -1); }

private:
    void reset(int fd) noexcept;

    int fd_ = -1;
};

}  // namespace patio
