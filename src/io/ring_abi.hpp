// SPDX-License-Identifier: MIT
#pragma once

// The kernel's side of io_uring, as facts: io_uring(7), io_uring_setup(2), io_uring_enter(2),
// io_uring_register(2).
//
// Our own definitions instead of <linux/io_uring.h>: a distribution's kernel headers are years
// older than the kernels that programs run on, and what a kernel can do is asked at run time
// anyway. Each flag names the first kernel that has it.

#include <cstdint>

namespace patio::detail::ring_abi {

// --- io_uring_setup(2)

inline constexpr std::uint32_t setup_cq_size = 1U << 3;         // 5.5
inline constexpr std::uint32_t setup_clamp = 1U << 4;           // 5.6
inline constexpr std::uint32_t setup_submit_all = 1U << 7;      // 5.18
inline constexpr std::uint32_t setup_coop_taskrun = 1U << 8;    // 5.19
inline constexpr std::uint32_t setup_taskrun_flag = 1U << 9;    // 5.19
inline constexpr std::uint32_t setup_single_issuer = 1U << 12;  // 6.0
inline constexpr std::uint32_t setup_defer_taskrun = 1U << 13;  // 6.1
inline constexpr std::uint32_t setup_no_sqarray = 1U << 16;     // 6.6

inline constexpr std::uint32_t feature_single_mmap = 1U << 0;  // 5.4
inline constexpr std::uint32_t feature_no_drop = 1U << 1;      // 5.5
inline constexpr std::uint32_t feature_ext_arg = 1U << 8;      // 5.11
inline constexpr std::uint32_t feature_rsrc_tags = 1U << 10;   // 5.13, as multishot poll
inline constexpr std::uint32_t feature_cqe_skip = 1U << 11;    // 5.17
inline constexpr std::uint32_t feature_no_iowait = 1U << 17;   // 6.15

inline constexpr std::uint64_t offset_rings = 0;  // for mmap(2)
inline constexpr std::uint64_t offset_sqes = 0x10000000;

struct sq_offsets {
    std::uint32_t head, tail, ring_mask, ring_entries, flags, dropped, array, reserved;
    std::uint64_t user_address;
};

struct cq_offsets {
    std::uint32_t head, tail, ring_mask, ring_entries, overflow, cqes, flags, reserved;
    std::uint64_t user_address;
};

struct params {
    std::uint32_t sq_entries, cq_entries, flags, sq_thread_cpu, sq_thread_idle, features, wq_fd;
    std::uint32_t reserved[3];
    sq_offsets sq;
    cq_offsets cq;
};
static_assert(sizeof(params) == 120);

// --- the submission queue

/// Bits in the queue's flags, set by the kernel.
inline constexpr std::uint32_t sq_cq_overflow = 1U << 1;
inline constexpr std::uint32_t sq_taskrun = 1U << 2;  // completions wait for an enter

enum class opcode : std::uint8_t {
    nop = 0,
    fsync = 3,
    poll_add = 6,
    async_cancel = 14,
    openat = 18,
    close = 19,
    read = 22,
    write = 23,
};

inline constexpr std::uint8_t sqe_cqe_skip_success = 1U << 6;  // 5.17

struct sqe {
    opcode op;
    std::uint8_t flags;
    std::uint16_t priority;
    std::int32_t fd;
    std::uint64_t offset;
    std::uint64_t address;
    std::uint32_t length;    // poll_add: the flags below; openat: the permissions
    std::uint32_t op_flags;  // poll_add: the events of poll(2); fsync: the flag below
    std::uint64_t user_data;
    std::uint16_t buffer;
    std::uint16_t personality;
    std::int32_t file_index;
    std::uint64_t address3;
    std::uint64_t padding;
};
static_assert(sizeof(sqe) == 64);

inline constexpr std::uint32_t poll_add_multi = 1U << 0;  // 5.13; edge-triggered
inline constexpr std::uint32_t fsync_data_only = 1U << 0;

// --- the completion queue

struct cqe {
    std::uint64_t user_data;
    std::int32_t result;
    std::uint32_t flags;
};
static_assert(sizeof(cqe) == 16);

inline constexpr std::uint32_t cqe_more = 1U << 1;  // the operation goes on

// --- io_uring_enter(2)

inline constexpr std::uint32_t enter_get_events = 1U << 0;
inline constexpr std::uint32_t enter_ext_arg = 1U << 3;          // 5.11
inline constexpr std::uint32_t enter_registered_ring = 1U << 4;  // 5.18
inline constexpr std::uint32_t enter_no_iowait = 1U << 7;        // 6.15

struct timespec64 {
    std::int64_t seconds;
    std::int64_t nanoseconds;
};

struct enter_argument {
    std::uint64_t signal_mask;
    std::uint32_t signal_mask_bytes;
    std::uint32_t min_wait_microseconds;
    std::uint64_t timeout;  // a timespec64
};
static_assert(sizeof(enter_argument) == 24);

// --- io_uring_register(2)

inline constexpr std::uint32_t register_ring_fds = 20;  // 5.18
inline constexpr std::uint32_t unregister_ring_fds = 21;

struct ring_fd_update {
    std::uint32_t offset;
    std::uint32_t reserved;
    std::uint64_t data;
};
inline constexpr std::uint32_t any_offset = UINT32_MAX;

}  // namespace patio::detail::ring_abi
