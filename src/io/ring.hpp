// SPDX-License-Identifier: MIT
#pragma once

// A thin layer over io_uring's three system calls: queues in shared memory, and one way to enter.

#include "file_descriptor.hpp"
#include "ring_abi.hpp"

#include <patio/base/duration.hpp>

#include <cstddef>
#include <cstdint>

namespace patio::detail {

/// One io_uring. It belongs to the thread that made it: the kernel refuses all others.
///
/// Why not liburing? The version that distributions ship knows neither NO_SQARRAY nor what came
/// after it, and of the rest we need this page.
class ring {
public:
    /// Asks for the fastest kind of ring first and then for older ones.
    /// **Fails** with std::system_error: ENOSYS, EPERM (sysctl, seccomp), ENOMEM, EMFILE;
    /// EOPNOTSUPP if the kernel's rings lack what we build on (before 5.13).
    ring();
    ring(const ring&) = delete;
    ring& operator=(const ring&) = delete;
    ~ring();

    /// An empty submission entry, to be filled before the next enter. Null if the queue is full:
    /// enter, and take completions, to make room.
    [[nodiscard]] ring_abi::sqe* next_entry() noexcept;

    /// Whether entering would do anything: entries to submit, or completions that the kernel holds
    /// back. Reads memory only.
    [[nodiscard]] bool has_work() const noexcept {
        return tail_ != submitted_ || (__atomic_load_n(sq_flags_, __ATOMIC_RELAXED) &
                                       (ring_abi::sq_taskrun | ring_abi::sq_cq_overflow)) != 0;
    }
    [[nodiscard]] bool has_completions() const noexcept {
        return *cq_head_ != __atomic_load_n(cq_tail_, __ATOMIC_ACQUIRE);
    }

    /// Submits and lets the kernel deliver, without waiting: 0.1 µs and what the work takes.
    void enter() noexcept;
    /// Submits and waits for a completion, a signal, or the timeout, which must be above zero: a
    /// wait for zero time costs the kernel 26 µs, `enter()` is for that.
    void enter_and_wait(duration timeout) noexcept;

    /// Takes the oldest completion. False if there is none.
    bool take(ring_abi::cqe& target) noexcept;

    /// What the kernel agreed to, for tests and reports.
    [[nodiscard]] std::uint32_t setup_flags() const noexcept { return setup_flags_; }
    [[nodiscard]] bool can_skip_successes() const noexcept {
        return (features_ & ring_abi::feature_cqe_skip) != 0;
    }

private:
    void map(const ring_abi::params& params);
    void register_descriptor() noexcept;
    std::int64_t call_enter(std::uint32_t want, const duration* timeout) noexcept;

    class mapping {
    public:
        mapping() noexcept = default;
        mapping(const mapping&) = delete;
        mapping& operator=(const mapping&) = delete;
        ~mapping();
        void map(int fd, std::size_t bytes, std::uint64_t offset);
        template <class T>
        [[nodiscard]] T* at(std::size_t offset) const noexcept {
            return reinterpret_cast<T*>(static_cast<char*>(address_) + offset);
        }

    private:
        void* address_ = nullptr;
        std::size_t bytes_ = 0;
    };

    file_descriptor fd_;
    mapping rings_;
    mapping entries_;
    std::uint32_t setup_flags_ = 0;
    std::uint32_t features_ = 0;
    std::int32_t registered_ = -1;  // the descriptor's index in the thread's table, or -1

    // Submission: entries in [submitted_, tail_) are ours to fill and not yet the kernel's.
    ring_abi::sqe* sqes_ = nullptr;
    std::uint32_t* sq_head_ = nullptr;
    std::uint32_t* sq_tail_ = nullptr;
    std::uint32_t* sq_flags_ = nullptr;
    std::uint32_t sq_mask_ = 0;
    std::uint32_t tail_ = 0;
    std::uint32_t submitted_ = 0;

    // Completion: entries in [head, tail) are ours to read.
    ring_abi::cqe* cqes_ = nullptr;
    std::uint32_t* cq_head_ = nullptr;
    std::uint32_t* cq_tail_ = nullptr;
    std::uint32_t cq_mask_ = 0;
};

}  // namespace patio::detail
