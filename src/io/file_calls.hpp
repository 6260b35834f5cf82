// SPDX-License-Identifier: MIT
#pragma once

// System calls about files, each with two faces: how an entry of a ring asks for it, and how a
// thread calls it. They own nothing: what they point to is the caller's until they are done.
//
// Only calls that are better off in a ring have the first face. The kernel gives stat, rename,
// unlink, mkdir and truncate to its own worker threads at once, and one of ours is as good.

#include "ring_abi.hpp"
#include "system_call.hpp"

#include <patio/base/config.hpp>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace patio::detail {

/// What rings return, and threads after them: a count or a descriptor, or an error below zero.
using call_result = std::int64_t;

/// Whether the call was cut by a signal, or by the request to end it, before it did anything. Rings
/// also give the numbers by which the kernel restarts system calls.
[[nodiscard]] inline bool was_interrupted(call_result result) noexcept {
    constexpr call_result restart_first = -512;  // ERESTARTSYS
    constexpr call_result restart_last = -516;   // ERESTART_RESTARTBLOCK
    return result == -EINTR || (result <= restart_first && result >= restart_last);
}

/// The offset that means the kernel's own position, for files that have no other.
inline constexpr std::uint64_t no_offset = UINT64_MAX;

/// The most that one call moves, whatever is asked for: read(2), NOTES.
inline constexpr std::size_t call_bytes_max = 0x7ffff000;

/// Never waits for another process: a FIFO is open for reading at once, and for writing if somebody
/// reads it, else ENXIO. That is how rings open, by trying with O_NONBLOCK and taking the flag away
/// afterwards; threads do the same, or else a FIFO would keep one for ever.
struct open_call {
    const char* path;
    int flags;
    mode_t permissions;

    static constexpr bool may_repeat = true;
    /// The kernel leaves these to its worker threads, and does not try anything before.
    [[nodiscard]] bool suits_ring() const noexcept { return (flags & (O_CREAT | O_TRUNC)) == 0; }
    void prepare(ring_abi::sqe& entry) const noexcept {
        entry.op = ring_abi::opcode::openat;
        entry.fd = AT_FDCWD;
        entry.address = reinterpret_cast<std::uintptr_t>(path);
        entry.length = permissions;
        entry.op_flags = static_cast<std::uint32_t>(flags);
    }
    call_result operator()() const noexcept {
        const call_result fd = or_errno(::open(path, flags | O_NONBLOCK, permissions));
        // Somebody has a lease on it (fcntl(2)): that may be waited for.
        if (fd == -EAGAIN) return or_errno(::open(path, flags, permissions));
        if (fd >= 0) ::fcntl(static_cast<int>(fd), F_SETFL, flags);
        return fd;
    }
};

struct pread_call {
    int fd;
    void* target;
    std::size_t size;
    std::uint64_t offset;

    static constexpr bool may_repeat = true;
    static bool suits_ring() noexcept { return true; }
    void prepare(ring_abi::sqe& entry) const noexcept {
        entry.op = ring_abi::opcode::read;
        entry.fd = fd;
        entry.address = reinterpret_cast<std::uintptr_t>(target);
        entry.length = static_cast<std::uint32_t>(std::min(size, call_bytes_max));
        entry.offset = offset;
    }
    call_result operator()() const noexcept {
        if (offset == no_offset) return or_errno(::read(fd, target, size));
        return or_errno(::pread(fd, target, size, static_cast<off_t>(offset)));
    }
    /// Reads what is in the page cache, on the loop's thread. -EAGAIN: it would wait for the disk;
    /// -EOPNOTSUPP: this file, or this kernel, cannot say so.
    [[nodiscard]] PATIO_EXPORT call_result without_waiting() const noexcept;
};

struct pwrite_call {
    int fd;
    const void* source;
    std::size_t size;
    std::uint64_t offset;

    static constexpr bool may_repeat = true;
    static bool suits_ring() noexcept { return true; }
    void prepare(ring_abi::sqe& entry) const noexcept {
        entry.op = ring_abi::opcode::write;
        entry.fd = fd;
        entry.address = reinterpret_cast<std::uintptr_t>(source);
        entry.length = static_cast<std::uint32_t>(std::min(size, call_bytes_max));
        entry.offset = offset;
    }
    call_result operator()() const noexcept {
        if (offset == no_offset) return or_errno(::write(fd, source, size));
        return or_errno(::pwrite(fd, source, size, static_cast<off_t>(offset)));
    }
};

struct sync_call {
    int fd;
    bool is_data_only;

    static constexpr bool may_repeat = true;
    static bool suits_ring() noexcept { return true; }
    void prepare(ring_abi::sqe& entry) const noexcept {
        entry.op = ring_abi::opcode::fsync;
        entry.fd = fd;
        entry.op_flags = is_data_only ? ring_abi::fsync_data_only : 0;
    }
    call_result operator()() const noexcept {
        return or_errno(is_data_only ? ::fdatasync(fd) : ::fsync(fd));
    }
};

struct close_call {
    int fd;

    // close(2): on Linux the descriptor is gone whatever the result says.
    static constexpr bool may_repeat = false;
    static bool suits_ring() noexcept { return true; }
    void prepare(ring_abi::sqe& entry) const noexcept {
        entry.op = ring_abi::opcode::close;
        entry.fd = fd;
    }
    call_result operator()() const noexcept { return or_errno(::close(fd)); }
};

}  // namespace patio::detail
