// SPDX-License-Identifier: MIT
#pragma once

// The files that Unix sockets are found by.

#include "file_descriptor.hpp"

#include <patio/io/endpoint.hpp>

#include <string>
#include <utility>

#include <sys/stat.h>

namespace patio::detail {

/// Owns the file that binding a Unix socket to a path has made; nothing for all other endpoints.
class socket_file {
public:
    socket_file() noexcept = default;
    socket_file(socket_file&& other) noexcept { *this = std::move(other); }
    socket_file& operator=(socket_file&& other) noexcept {
        path_.swap(other.path_);
        std::swap(device_, other.device_);
        std::swap(inode_, other.inode_);
        return *this;
    }
    ~socket_file() { remove(); }

    /// Binds a socket. A file that is left over, because the program that made it was killed, is
    /// replaced. `type`: SOCK_STREAM or SOCK_DGRAM.
    /// **Fails** with `patio::error` that says `doing`.
    [[nodiscard]] static socket_file bind(const file_descriptor& socket, const endpoint& at,
                                          int type, const std::string& doing);
    /// Removes it, if it is still the one that was made: another program may have replaced it.
    void remove() noexcept;

private:
    std::string path_;  // empty: no file
    dev_t device_ = 0;
    ino_t inode_ = 0;
};

}  // namespace patio::detail
