// SPDX-License-Identifier: MIT
#pragma once

// Asking for the status of files, on a thread.

#include "file_calls.hpp"

#include <patio/io/file_status.hpp>

#include <sys/stat.h>

namespace patio::detail {

using status_answer = struct ::stat;

inline call_result find_status_of_open(int fd, status_answer* answer) noexcept {
    return uninterrupted([&] { return ::fstat(fd, answer); });
}

struct status_access {
    [[nodiscard]] static file_type type_of(mode_t mode) noexcept {
        switch (mode & S_IFMT) {
            case S_IFREG:
                return file_type::regular;
            case S_IFDIR:
                return file_type::directory;
            case S_IFLNK:
                return file_type::symbolic_link;
            case S_IFBLK:
                return file_type::block_device;
            case S_IFCHR:
                return file_type::character_device;
            case S_IFIFO:
                return file_type::fifo;
            case S_IFSOCK:
                return file_type::socket;
            default:
                return file_type::unknown;
        }
    }
    [[nodiscard]] static file_status make(const status_answer& answer) noexcept {
        constexpr std::uint64_t block_bytes = 512;  // stat(3type): whatever the disk's is
        file_status status;
        status.type_ = type_of(answer.st_mode);
        status.size_ = static_cast<std::uint64_t>(answer.st_size);
        status.disk_size_ = static_cast<std::uint64_t>(answer.st_blocks) * block_bytes;
        status.permissions_ = answer.st_mode & 07777U;
        status.owner_id_ = answer.st_uid;
        status.group_id_ = answer.st_gid;
        status.link_count_ = answer.st_nlink;
        status.device_ = answer.st_dev;
        status.inode_ = answer.st_ino;
        status.modified_ = since_1970(answer.st_mtim);
        status.accessed_ = since_1970(answer.st_atim);
        status.changed_ = since_1970(answer.st_ctim);
        return status;
    }

private:
    [[nodiscard]] static duration since_1970(const timespec& time) noexcept {
        return duration::seconds(time.tv_sec) + duration::nanoseconds(time.tv_nsec);
    }
};

}  // namespace patio::detail
