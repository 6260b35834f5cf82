// SPDX-License-Identifier: MIT

#include "socket_file.hpp"

#include "socket_address.hpp"

#include <patio/core/error.hpp>

#include <cerrno>

#include <sys/socket.h>

namespace patio::detail {

namespace {

/// Whether there is the file of a Unix socket that is left over: nobody has it open any more.
bool is_abandoned(const std::string& path, const socket_address& address, int type) noexcept {
    struct stat file = {};
    if (::lstat(path.c_str(), &file) != 0 || !S_ISSOCK(file.st_mode)) return false;
    const file_descriptor probe{::socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    return probe && ::connect(probe.value(), address.data(), address.length) != 0 &&
           errno == ECONNREFUSED;
}

}  // namespace

socket_file socket_file::bind(const file_descriptor& socket, const endpoint& at, int type,
                              const std::string& doing) {
    const bool has_file = at.is_unix() && !at.is_abstract() && !at.unix_name().empty();
    const socket_address address{at};
    int result = ::bind(socket.value(), address.data(), address.length);
    if (result != 0 && errno == EADDRINUSE && has_file &&
        is_abandoned(at.unix_name(), address, type)) {
        ::unlink(at.unix_name().c_str());
        result = ::bind(socket.value(), address.data(), address.length);
    }
    if (result != 0) throw error::from_errno(errno, doing);
    socket_file made;
    struct stat file = {};
    if (has_file && ::stat(at.unix_name().c_str(), &file) == 0) {
        made.path_ = at.unix_name();
        made.device_ = file.st_dev;
        made.inode_ = file.st_ino;
    }
    return made;
}

void socket_file::remove() noexcept {
    if (path_.empty()) return;
    struct stat file = {};
    if (::stat(path_.c_str(), &file) == 0 && file.st_dev == device_ && file.st_ino == inode_) {
        ::unlink(path_.c_str());
    }
    path_.clear();
}

}  // namespace patio::detail
